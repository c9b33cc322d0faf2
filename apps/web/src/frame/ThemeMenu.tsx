'use client'

import { ActionIcon, type MantineColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconMoon, IconSun } from '../components/icons.tsx'
import { Panel } from '../components/Panel.tsx'
import classes from './ThemeMenu.module.css'

const choices = [
  { scheme: 'auto', label: 'Same as system' },
  { scheme: 'light', label: 'Light' },
  { scheme: 'dark', label: 'Dark' },
] as const satisfies { scheme: MantineColorScheme; label: string }[]

export function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Panel
      label="Theme"
      width={170}
      align="end"
      trigger={(props) => (
        <ActionIcon variant="subtle" color="gray" size={30} aria-label="Theme" {...props}>
          <IconSun size={17} className="mantine-light-hidden" />
          <IconMoon size={17} className="mantine-dark-hidden" />
        </ActionIcon>
      )}
    >
      {() => (
        <fieldset className={classes.choices}>
          <legend className={classes.legend}>Theme</legend>
          {choices.map(({ scheme, label }) => (
            <label key={scheme} className={classes.choice}>
              <input
                type="radio"
                name="theme"
                checked={colorScheme === scheme}
                onChange={() => setColorScheme(scheme)}
                data-autofocus={colorScheme === scheme || undefined}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
    </Panel>
  )
}
