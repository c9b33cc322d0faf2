import type { Client } from 'pg'
import { type DatabaseRole, databaseRoles as roles } from '../jobTasks.ts'

/** Passwords of the login roles that requests and workers use. */
export type RolePasswords = Record<DatabaseRole, string>

/** The migrations use this name for the database's owner. An owner with another name becomes a member of this role. */
const ownerRole = 'tickwatch_owner'

/** Creates the roles that do not exist, sets their passwords, and lets no other role connect to the database. */
export async function ensureRoles(owner: Client, passwords: RolePasswords): Promise<void> {
  for (const [kind, role] of Object.entries(roles) as [DatabaseRole, string][]) {
    const known = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
    if (known.rowCount === 0) await owner.query(`CREATE ROLE ${role}`)
    await owner.query(`ALTER ROLE ${role} LOGIN PASSWORD ${owner.escapeLiteral(passwords[kind])}`)
  }
  const known = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [ownerRole])
  if (known.rowCount === 0) await owner.query(`CREATE ROLE ${ownerRole} NOLOGIN`)
  const member = await owner.query(`SELECT WHERE pg_has_role('${ownerRole}', 'USAGE')`)
  if (member.rowCount === 0) await owner.query(`GRANT ${ownerRole} TO CURRENT_USER`)
  const { rows } = await owner.query<{ name: string }>('SELECT quote_ident(current_database()) AS name')
  const database = rows[0]?.name
  await owner.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`)
  await owner.query(`GRANT CONNECT ON DATABASE ${database} TO ${Object.values(roles).join(', ')}`)
}
