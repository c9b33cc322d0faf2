import type { Role } from '@tickwatch/policy'
import classes from './Access.module.css'
import { permissionsOf } from './grants.ts'
import { permissionWords } from './permissionWords.ts'

/** What a role lets a person do, one permission per line. */
export function PermissionList({ role }: { role: Role }) {
  return (
    <ul className={classes.permissions}>
      {permissionsOf(role).map((permission) => (
        <li key={permission}>{permissionWords[permission]}</li>
      ))}
    </ul>
  )
}
