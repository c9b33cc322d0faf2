import {
  auditLog,
  type Database,
  gateways,
  jobs,
  type PlatformTx,
  quotas,
  type TenantListRow,
  tenants,
  usage,
} from '@tickwatch/db'
import {
  type Envelope,
  envelopeFaults,
  type Json,
  type ResolvedLimits,
  resolveLimits,
  type TenantStatus,
} from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { liveSince } from '../gateway/liveSince.ts'
import { mostUsedOf, refusedByReason, refusedQueries } from '../usage/usage.calculations.ts'
import { publishTenantChange } from './publishTenantChange.ts'
import { alreadyIs, builtIn, envelopeInvalid, tenantError } from './tenant.errors.ts'
import type { createInput, listInput, resumeInput, setEnvelopeInput, suspendInput, TenantView } from './tenant.types.ts'

export type TenantService = {
  list(input: z.output<typeof listInput>): Promise<Page<TenantView>>
  get(id: string): Promise<TenantView>
  create(caller: Caller, input: z.output<typeof createInput>): Promise<TenantView>
  suspend(caller: Caller, input: z.output<typeof suspendInput>): Promise<TenantView>
  resume(caller: Caller, input: z.output<typeof resumeInput>): Promise<TenantView>
  /** Applies to later edits of the limits. The policy itself does not change. */
  setEnvelope(caller: Caller, input: z.output<typeof setEnvelopeInput>): Promise<TenantView>
}

/** The platform writes its own metrics as this tenant. */
const builtInTenant = 'tickwatch'

export function createTenantService(db: Database): TenantService {
  const changing = (work: (tx: PlatformTx) => Promise<TenantView>) =>
    db.platform(work).catch((cause: unknown) => Promise.reject(tenantError(cause)))

  const setStatus = (caller: Caller, status: TenantStatus, { id, reason }: { id: string; reason: string }) =>
    changing(async (tx) => {
      const before = await tenants.setStatus(tx, id, status, { by: personOf(caller), reason, at: new Date() })
      if (before === status) throw alreadyIs(id, status)
      await publishTenantChange(tx, id)
      const action = status === 'suspended' ? 'tenant.suspend' : 'tenant.resume'
      await audit(tx, caller, action, id, { status: before }, { status }, reason)
      return viewOf(tx, id)
    })

  return {
    async list(input) {
      return db.platform(async (tx) => {
        const heartbeatAfter = liveSince()
        const page = await tenants.list(tx, { ...input, heartbeatAfter })
        const silent = (await gateways.samplesPerSecond(tx, heartbeatAfter)) === null
        const defaults = await tenants.platformDefaults(tx)
        return {
          ...page,
          items: page.items.map(({ limits, createdAt, ...tenant }) => {
            const resolved = resolveLimits(limits, defaults)
            return {
              ...{ id: tenant.id, name: tenant.name, plan: tenant.plan, status: tenant.status },
              envelope: tenant.envelope,
              createdAt: createdAt.toISOString(),
              resolved,
              ...useOf(silent ? null : tenant, resolved),
            }
          }),
        }
      })
    },

    get: (id) => db.platform((tx) => viewOf(tx, id)),

    create: (caller, input) =>
      changing(async (tx) => {
        // Without an envelope every edit of its limits needs an approval, until the platform sets one.
        const tenant = { ...input, envelope: {} }
        await tenants.create(tx, tenant, { by: personOf(caller), reason: 'created', at: new Date() })
        await publishTenantChange(tx, input.id)
        await audit(tx, caller, 'tenant.create', input.id, null, tenant)
        return viewOf(tx, input.id)
      }),

    async suspend(caller, input) {
      if (input.id === builtInTenant) throw builtIn()
      return setStatus(caller, 'suspended', input)
    },

    resume: (caller, input) => setStatus(caller, 'active', input),

    async setEnvelope(caller, input) {
      const { id, reason } = input
      const base = present(input.base)
      const envelope = present(input.envelope)
      const faults = envelopeFaults(envelope)
      if (faults.length > 0) throw envelopeInvalid(faults)
      return changing(async (tx) => {
        await tenants.setEnvelope(tx, id, base, envelope)
        await jobs.notify(tx, { kind: 'tenant', tenantId: id })
        await audit(tx, caller, 'tenant.setEnvelope', id, base, envelope, reason)
        return viewOf(tx, id)
      })
    },
  }
}

/** The envelope as it was sent, without undefined values. */
const present = (sent: z.output<typeof setEnvelopeInput>['envelope']): Envelope => {
  const envelope: Envelope = {}
  for (const [limit, bounds] of Object.entries(sent)) if (bounds) Object.assign(envelope, { [limit]: bounds })
  return envelope
}

async function audit(
  tx: PlatformTx,
  caller: Caller,
  action: string,
  tenantId: string,
  before: Json,
  after: Json,
  reason?: string,
): Promise<void> {
  const why = reason === undefined ? {} : { reason }
  await auditLog.append(tx, personEvent(caller, { action, tenantId, target: tenantId, before, after, ...why }))
}

async function viewOf(tx: PlatformTx, id: string): Promise<TenantView> {
  const found = await tenants.byId(tx, id)
  if (!found) throw notFound('tenant')
  const { suspension: _, ...tenant } = found
  const head = await quotas.head(tx, id)
  const defaults = await tenants.platformDefaults(tx)
  const use = await usage.now(tx, id, liveSince())
  const resolved = resolveLimits(head?.limits ?? {}, defaults)
  return {
    ...tenant,
    createdAt: tenant.createdAt.toISOString(),
    resolved,
    ...useOf(use.gateways === 0 ? null : use, resolved),
  }
}

type Use = Pick<
  TenantListRow,
  'samplesPerSecond' | 'requestsPerSecond' | 'activeSeries' | 'refusedByReason' | 'refusedQueriesByReason'
>

/** @param use null if no gateway is live */
const useOf = (use: Use | null, resolved: ResolvedLimits) => ({
  samplesPerSecond: use?.samplesPerSecond ?? null,
  activeSeries: use?.activeSeries ?? null,
  mostUsed: use && mostUsedOf(use, resolved),
  refusedByReason: use && refusedByReason(use),
  refusedQueries: use && refusedQueries(use),
})
