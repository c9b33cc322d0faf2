'use client'

import { Button, Switch } from '@mantine/core'
import { IconLogout } from '../components/icons.tsx'
import { Panel } from '../components/Panel.tsx'
import { RolesMissing } from '../components/RolesMissing.tsx'
import { Words } from '../components/Words.tsx'
import { useMe } from '../lib/me.tsx'
import { useZone } from '../lib/timeZone.ts'
import { roleName } from '../lib/words.ts'
import classes from './PersonMenu.module.css'

/** The signed-in person, their roles, the time zone of the portal, and the button to sign out. */
export function PersonMenu() {
  const me = useMe()
  const [zone, setZone] = useZone()
  const initials = me.name
    .split(/[\s.@-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase())
    .join('')
  return (
    <Panel
      label="Account"
      width={280}
      align="end"
      trigger={(props) => (
        <button
          type="button"
          className={classes.person}
          aria-label={`${me.name}, account`}
          data-initials={initials}
          {...props}
        />
      )}
    >
      {() => (
        <>
          <div className={classes.name}>
            <Words text={me.name} />
          </div>
          {me.email && me.email !== me.name && (
            <div className={classes.email}>
              <Words text={me.email} />
            </div>
          )}
          <RolesMissing className={classes.email} />
          <ul className={classes.roles} aria-label="Roles">
            {me.roles.map(({ role, tenantId }) => (
              <li key={`${role} ${tenantId}`}>
                {roleName(role)}
                {tenantId && ` of ${tenantId}`}
              </li>
            ))}
            {me.roles.length === 0 && <li>no role: you only see whether the graphs are current</li>}
          </ul>
          <Switch
            label="Times in UTC"
            checked={zone === 'UTC'}
            onChange={(event) => setZone(event.currentTarget.checked ? 'UTC' : 'local')}
          />
          <form action="/api/logout" method="post" className={classes.signOut}>
            <Button type="submit" variant="default" fullWidth leftSection={<IconLogout size={16} />}>
              Sign out
            </Button>
          </form>
        </>
      )}
    </Panel>
  )
}
