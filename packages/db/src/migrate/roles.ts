import type { Client } from 'pg'
import { type DatabaseRole, databaseRoles as roles } from '../jobTasks.ts'

/** Passwords of the login roles that requests and workers use. */
export type RolePasswords = Record<DatabaseRole, string>

/** The migrations name the database's owner so. Who owns it under another name becomes a member, which has its rights. */
const ownerRole = 'tickwatch_owner'

/** Makes the roles where they aren't there yet, sets their passwords, and lets nobody else into the database. */
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
