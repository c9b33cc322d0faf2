import { type Permission, permissions, type Role } from '@tickwatch/policy'
import type { Outputs } from '../../lib/trpc/client.ts'
import { roleName } from '../../lib/words.ts'

export type Grant = Outputs['access']['grants']['items'][number]

/** The permissions of a role, without those that every signed-in person has. */
export const permissionsOf = (role: Role): Permission[] =>
  (Object.keys(permissions) as Permission[]).filter((permission) => {
    const carriers: readonly string[] = permissions[permission]
    return carriers.includes(role)
  })

/** `tenant admin of acme`, `auditor` */
export const grantText = ({ role, tenantId }: Pick<Grant, 'role' | 'tenantId'>): string =>
  tenantId === null ? roleName(role) : `${roleName(role)} of ${tenantId}`

/** The API input for the URL of `/access`. */
export function grantsInput(get: (key: string) => string | null) {
  const search = get('search')
  return { cursor: get('cursor'), pageSize: 50, ...(search ? { search } : {}) }
}
