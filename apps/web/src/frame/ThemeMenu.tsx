'use client'

import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun } from '@tabler/icons-react'

const choices = [
  { scheme: 'auto', label: 'As the system' },
  { scheme: 'light', label: 'Light' },
  { scheme: 'dark', label: 'Dark' },
] as const satisfies { scheme: MantineColorScheme; label: string }[]

export function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    // Not in a portal: there it would stand outside of every landmark.
    <Menu position="bottom-end" width={180} withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label="Theme">
          <IconSun size={17} aria-hidden className="mantine-light-hidden" />
          <IconMoon size={17} aria-hidden className="mantine-dark-hidden" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(next) => setColorScheme(choices.find((c) => c.scheme === next)?.scheme ?? 'auto')}
        >
          {choices.map(({ scheme, label }) => (
            <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  )
}
