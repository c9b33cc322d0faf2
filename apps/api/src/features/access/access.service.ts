import { randomUUID } from 'node:crypto'
import { auditLog, type Database, type Grant, grants, jobs, tenants } from '@tickwatch/db'
import { hasPermission, isTenantRole, type Permission, permissions, type Role, rolesWith } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import type { TenantTurns } from '../../shared/tenantTurns.ts'
import { tenantId as tenantIdPattern } from '../tenant/tenant.types.ts'
import { accessError } from './access.errors.ts'
import type {
  GrantView,
  grantInput,
  HoldersView,
  holdersInput,
  listInput,
  MeView,
  removeGrantInput,
} from './access.types.ts'

export type AccessService = {
  me(caller: Caller): Promise<MeView>
  /** @returns the tenant's id if the caller has a role there. @throws not found otherwise. */
  openTenant(caller: Caller, claimedTenantId: string | null): Promise<string>
  /** @throws not found if the caller has no role for the tenant. */
  holders(caller: Caller, input: z.output<typeof holdersInput>): Promise<HoldersView>
  grants(input: z.output<typeof listInput>): Promise<Page<GrantView>>
  addGrant(caller: Caller, input: z.output<typeof grantInput>): Promise<GrantView>
  removeGrant(caller: Caller, input: z.output<typeof removeGrantInput>): Promise<{ id: string }>
}

const tenantsShown = 200
const holdersShown = 5

/**
 * @param forgetRoles called after each change of grants, so that the change takes effect at once in this process
 * @param turn of a caller at the tenants' connections; `db` is the database without turns
 */
export function createAccessService(db: Database, forgetRoles: () => void, turn: TenantTurns['turn']): AccessService {
  async function openTenant(caller: Caller, claimed: string | null): Promise<string> {
    if (claimed === null || !tenantIdPattern.safeParse(claimed).success) throw notFound('tenant')
    const holdsRole = caller.held.some((h) => !isTenantRole(h.role) || h.tenantId === claimed)
    // Read also if the caller has no role: the time of the answer must not show whether the tenant exists.
    // A stranger waits behind its own calls, not in the tenant's turn.
    const tenant = await turn(holdsRole ? claimed : `stranger ${caller.subject}`, () =>
      db.tenant(claimed, (tx) => tenants.byId(tx, claimed)),
    )
    if (!holdsRole || !tenant) throw notFound('tenant')
    return tenant.id
  }

  return {
    async me(caller) {
      const rolesUnknown = caller.rolesUnknown ?? false
      const own = caller.held.flatMap(({ tenantId }) => (tenantId === null ? [] : [tenantId]))
      const all = hasPermission(caller.held, 'tenant:read')
      const find = async (tx: PlatformTx) => {
        if (!all) return tenants.byIds(tx, own.slice(0, tenantsShown))
        const page = { pageSize: tenantsShown, sort: 'id', direction: 'asc', heartbeatAfter: new Date() } as const
        return (await tenants.list(tx, page)).items
      }
      const shown = rolesUnknown ? [] : await db.platform(find)
      return {
        subject: caller.subject,
        name: caller.name,
        email: caller.email,
        unverifiedEmail: caller.unverifiedEmail,
        groupsLeftOut: caller.groupsLeftOut,
        rolesUnknown,
        roles: caller.held.map(({ role, tenantId }) => ({ role, tenantId })),
        platformPermissions: allPermissions.filter((p) => hasPermission(caller.held, p)),
        tenants: shown.map(({ id, name, status }) => ({
          id,
          name,
          status,
          permissions: allPermissions.filter((p) => hasPermission(caller.held, p, id)),
        })),
      }
    },

    openTenant,

    async holders(caller, { permission, tenantId }) {
      const tenant = tenantId === undefined ? null : await openTenant(caller, tenantId)
      const roles = rolesWith(permission).filter((role): role is Role => role !== '*')
      const ofScope = roles.filter((role) => isTenantRole(role) === (tenant !== null))
      const found = await db.platform((tx) => grants.holders(tx, ofScope, tenant, holdersShown + 1))
      return { holders: found.slice(0, holdersShown), more: found.length > holdersShown }
    },

    async grants(input) {
      const page = await db.platform((tx) => grants.list(tx, input))
      return { ...page, items: page.items.map(grantView) }
    },

    async addGrant(caller, { reason, ...input }) {
      const subject = input.subjectKind === 'person' ? input.subject.toLowerCase() : input.subject
      const grant: Grant = { ...input, subject, id: randomUUID(), createdAt: new Date(), createdBy: caller.name }
      await db
        .platform(async (tx) => {
          await grants.add(tx, grant)
          await auditGrant(tx, caller, { action: 'access.grant', before: null, after: grant, reason })
        })
        .catch((cause: unknown) => Promise.reject(accessError(cause)))
      forgetRoles()
      return grantView(grant)
    },

    async removeGrant(caller, { id, reason }) {
      await db
        .platform(async (tx) => {
          const grant = await grants.remove(tx, id)
          await auditGrant(tx, caller, { action: 'access.revoke', before: grant, after: null, reason })
        })
        .catch((cause: unknown) => Promise.reject(accessError(cause)))
      forgetRoles()
      return { id }
    },
  }
}

type PlatformTx = Parameters<typeof grants.add>[0]

async function auditGrant(
  tx: PlatformTx,
  caller: Caller,
  made: { action: string; before: Grant | null; after: Grant | null; reason: string | undefined },
) {
  const { action, before, after, reason } = made
  const grant = after ?? before
  await jobs.notify(tx, { kind: 'audit' })
  const event = personEvent(caller, {
    action,
    tenantId: grant?.tenantId ?? null,
    target: `${grant?.subjectKind} ${grant?.subject}`,
    before: before && grantView(before),
    after: after && grantView(after),
    ...(reason === undefined ? {} : { reason }),
  })
  await auditLog.append(tx, event)
}

const allPermissions = Object.keys(permissions).filter((p): p is Permission => p in permissions)

const grantView = (grant: Grant): GrantView => ({ ...grant, createdAt: grant.createdAt.toISOString() })
