'use client'

import { Menu } from '@mantine/core'
import { IconCheck, IconClock, IconLogout } from '@tabler/icons-react'
import { useRef } from 'react'
import { useMe } from '../lib/me.tsx'
import { useZone } from '../lib/time-zone.ts'
import { roleName } from '../lib/words.ts'
import classes from './PersonMenu.module.css'

/** Who is signed in, their roles, the time zone of the portal, and the way out. */
export function PersonMenu() {
  const me = useMe()
  const [zone, setZone] = useZone()
  const signOut = useRef<HTMLFormElement>(null)
  const initials = me.name
    .split(/[\s.@-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase())
    .join('')
  return (
    <>
      <form ref={signOut} action="/api/logout" method="post" hidden />
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <button
            type="button"
            className={classes.person}
            aria-label={`${me.name}, account`}
            data-initials={initials}
          />
        </Menu.Target>
        <Menu.Dropdown>
          <div className={classes.who}>
            <div className={classes.name}>{me.name}</div>
            {me.email && me.email !== me.name && <div className={classes.email}>{me.email}</div>}
            <ul className={classes.roles} aria-label="Roles">
              {me.roles.map(({ role, tenantId }) => (
                <li key={`${role} ${tenantId}`}>
                  {roleName(role)}
                  {tenantId && ` of ${tenantId}`}
                </li>
              ))}
              {me.roles.length === 0 && <li>no role: you see whether the graphs are current</li>}
            </ul>
          </div>
          <Menu.Divider />
          <Menu.Item
            role="menuitemcheckbox"
            aria-checked={zone === 'UTC'}
            closeMenuOnClick={false}
            leftSection={<IconClock size={16} aria-hidden />}
            rightSection={zone === 'UTC' ? <IconCheck size={15} aria-hidden /> : null}
            onClick={() => setZone(zone === 'UTC' ? 'local' : 'UTC')}
          >
            Times in UTC
          </Menu.Item>
          <Menu.Item
            leftSection={<IconLogout size={16} aria-hidden />}
            onClick={() => signOut.current?.requestSubmit()}
          >
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}
