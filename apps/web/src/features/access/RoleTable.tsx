import { VisuallyHidden } from '@mantine/core'
import { type Permission, permissions, platformRoles, type Role, tenantRoles } from '@tickwatch/policy'
import { IconCheck } from '../../components/icons.tsx'
import { roleName } from '../../lib/words.ts'
import classes from './Access.module.css'
import { permissionWords, roleWords } from './permissionWords.ts'

const roles: readonly Role[] = [...platformRoles, ...tenantRoles]
const allPermissions = Object.keys(permissions) as Permission[]
const carries = (role: Role, permission: Permission) => {
  const carriers: readonly string[] = permissions[permission]
  return carriers.includes('*') || carriers.includes(role)
}

/** What each role may do: the table of permissions that the API enforces, in words. */
export function RoleTable() {
  return (
    <>
      <dl className={classes.roles}>
        {roles.map((role) => (
          <div key={role}>
            <dt>{roleName(role)}</dt>
            <dd>{roleWords[role]}</dd>
          </div>
        ))}
      </dl>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Permissions by role">
        <table className={classes.matrix}>
          <thead>
            <tr>
              <th scope="col">May</th>
              {roles.map((role) => (
                <th scope="col" key={role}>
                  {roleName(role)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {allPermissions.map((permission) => (
              <tr key={permission}>
                <th scope="row">{permissionWords[permission]}</th>
                {roles.map((role) => (
                  <td key={role}>
                    {carries(role, permission) ? (
                      <>
                        <IconCheck size={15} />
                        <VisuallyHidden>yes</VisuallyHidden>
                      </>
                    ) : (
                      <VisuallyHidden>no</VisuallyHidden>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}
