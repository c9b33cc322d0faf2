// The cases: every read of the portal, each time with another tenant, page, search or filter.
import type { MetricsQuery } from '@tickwatch/aws'
import { type MeteredLimit, meteredLimits } from '@tickwatch/policy'
import { rangeOf } from '../../apps/api/src/features/usage/usage.charts.ts'
import { createUsageHistory } from '../../apps/api/src/features/usage/usage.history.ts'
import { personCount, personName } from './audit.ts'
import type { Caller, Client } from './client.ts'
import { gatewayCount, oftenChanged, policyVersionCount, tenantCount, tenantName } from './data.ts'
import { historyDays, usageTenants } from './usage.ts'

export type Case = {
  name: string
  /**
   * `n` is the round, from -warmUps. Returns how much was found, so that an empty answer does not count as a fast one.
   */
  ask(n: number): Promise<number>
}
export type People = {
  /** A person with all platform roles. */
  platform: Caller
  /** An admin of the tenant with this number, which must be one of {@link peopleTenants}. */
  admin(tenant: number): Caller
}
type Page = { items: { id: string }[]; nextCursor: string | null }

/** The tenants whose admins send requests. */
export const peopleTenants = [
  ...Array.from({ length: oftenChanged }, (_, n) => n),
  ...Array.from({ length: 150 }, (_, n) => oftenChanged + ((n * 7_919) % (tenantCount - oftenChanged))),
]

const cursorsOf = 100
const dayMs = 86_400_000

/** Makes the cases, with real cursors from all parts of each list. */
export async function readCases(client: Client, people: People): Promise<Case[]> {
  const { platform, admin } = people
  const ask = <T>(procedure: string, input?: object) => client.ask<T>(procedure, platform, input)
  const page = (name: string, procedure: string, input: (n: number) => object): Case => ({
    name,
    ask: async (n) => (await ask<Page>(procedure, input(n))).items.length,
  })
  const found = (name: string, asked: (n: number) => Promise<unknown>): Case => ({
    name,
    ask: async (n) => ((await asked(n)) ? 1 : 0),
  })
  const one = <T>(all: readonly T[], n: number): T => all[Math.abs(n * 31) % all.length] as T
  const someone = (n: number) => admin(one(peopleTenants, n))
  const someTenant = (n: number) => tenantName(Math.abs(n * 7_919) % tenantCount)

  async function cursors(
    procedure: string,
    input: object,
    pageSize: number,
    caller: Caller = platform,
  ): Promise<string[]> {
    const all: string[] = []
    for (let cursor: string | null = null; all.length < cursorsOf; ) {
      const next: Page = await client.ask(procedure, caller, { ...input, cursor, pageSize })
      if (!next.nextCursor) break
      all.push(next.nextCursor)
      cursor = next.nextCursor
    }
    return all
  }
  /** Cursors at the ends of pages far in the past. To read page by page until there would take long. */
  async function auditCursors(filter: object): Promise<string[]> {
    const all: string[] = []
    for (let n = 0; n < cursorsOf; n += 1) {
      const to = new Date(Date.now() - (1 + n * 1.6) * dayMs).toISOString()
      const { nextCursor } = await ask<Page>('audit.list', { ...filter, to })
      if (nextCursor) all.push(nextCursor)
    }
    return all
  }

  const tenantCursors = await cursors('tenant.list', {}, 100)
  const byName = await cursors('tenant.list', { sort: 'name', direction: 'desc' }, 100)
  const bySamples = await cursors('tenant.list', { sort: 'samplesPerSecond', direction: 'desc' }, 200)
  const byUse = await cursors('tenant.list', { sort: 'usedRatio', direction: 'desc' }, 200)
  const decided = await cursors('changeRequest.list', { state: 'decided' }, 50)
  const requests = (await ask<Page>('changeRequest.list', { state: 'pending', pageSize: 200 })).items
  const decidedRequests = (await ask<Page>('changeRequest.list', { state: 'decided', pageSize: 200 })).items
  const grants = await cursors('access.grants', {}, 200)
  const versions = await cursors('policy.versions', {}, 8)
  const deep = await auditCursors({})
  const deepOfPublisher = await auditCursors({ actor: 'publisher' })
  const historyOf = (tenant: number) => cursors('quota.history', {}, 20, admin(tenant))
  const histories = await Promise.all([1, 2, 3].map(historyOf))

  const endedReaders = await Promise.all([1, 2, 3].map((n) => cursors('reader.ended', {}, 20, admin(n))))

  return [
    page('tenant.list', 'tenant.list', (n) => ({ direction: n % 2 ? 'asc' : 'desc' })),
    page('tenant.list, search', 'tenant.list', (n) => ({
      search: one([someTenant(n), someTenant(n).slice(-3), 'Cobalt', 'forge', 'Ember Games', 'dio-00'], n),
    })),
    page('tenant.list, suspended', 'tenant.list', (n) => ({ status: 'suspended', cursor: one(tenantCursors, n) })),
    page('tenant.list, deep', 'tenant.list', (n) => ({ cursor: one(tenantCursors, n) })),
    page('tenant.list, by name, deep', 'tenant.list', (n) => ({
      sort: 'name',
      direction: 'desc',
      cursor: one(byName, n),
    })),
    page('tenant.list, by age', 'tenant.list', (n) => ({ sort: 'createdAt', direction: n % 2 ? 'asc' : 'desc' })),
    page('tenant.list, by samples/s', 'tenant.list', (n) => ({
      sort: 'samplesPerSecond',
      direction: 'desc',
      ...(n % 2 ? { cursor: one(bySamples, n) } : {}),
    })),
    page('tenant.list, by share of a limit', 'tenant.list', (n) => ({
      sort: 'usedRatio',
      direction: 'desc',
      ...(n % 2 ? { cursor: one(byUse, n) } : {}),
    })),
    found('tenant.get', (n) => ask('tenant.get', { id: someTenant(n) })),

    found('quota.current', (n) => client.ask('quota.current', someone(n))),
    { name: 'quota.history', ask: async (n) => (await client.ask<Page>('quota.history', someone(n), { pageSize: 20 })).items.length }, // biome-ignore format: one case
    {
      name: 'quota.history, deep',
      ask: async (n) => {
        const tenant = 1 + (Math.abs(n) % histories.length)
        const cursor = one(histories[tenant - 1] ?? [], n)
        return (await client.ask<Page>('quota.history', admin(tenant), { pageSize: 20, cursor })).items.length
      },
    },

    found('reader.list', async (n) => {
      // Only these tenants have any.
      const tenant = Math.abs(n) % oftenChanged
      return (await client.ask<{ items: unknown[] }>('reader.list', admin(tenant))).items.length
    }),
    {
      name: 'reader.ended',
      ask: async (n) => {
        const tenant = 1 + (Math.abs(n) % endedReaders.length)
        const cursor = n % 2 ? one(endedReaders[tenant - 1] ?? [], n) : null
        return (await client.ask<Page>('reader.ended', admin(tenant), { pageSize: 20, cursor })).items.length
      },
    },

    page('changeRequest.list, pending', 'changeRequest.list', () => ({ state: 'pending' })),
    page('changeRequest.list, decided', 'changeRequest.list', (n) => ({ state: 'decided', ...(n % 2 ? { cursor: one(decided, n) } : {}) })), // biome-ignore format: one case
    found('changeRequest.get', (n) => ask('changeRequest.get', { id: one([...requests, ...decidedRequests], n).id })),

    page('policy.versions', 'policy.versions', (n) => ({ pageSize: 12, ...(n % 2 ? { cursor: one(versions, n) } : {}) })), // biome-ignore format: one case
    found('policy.versionPropagation', (n) =>
      ask('policy.versionPropagation', { version: 1 + (Math.abs(n) % policyVersionCount) }),
    ),
    found('policy.propagation', (n) =>
      client.ask('policy.propagation', someone(n), { revision: 1 + (Math.abs(n) % 3) }),
    ),
    { name: 'policy.drift', ask: async () => 1 + (await ask<unknown[]>('policy.drift')).length },

    { name: 'gateway.fleet', ask: async () => (await ask<{ gateways: unknown[] }>('gateway.fleet')).gateways.length },
    found('gateway.get', (n) => ask('gateway.get', { gatewayId: `gateway-${1 + (Math.abs(n) % gatewayCount)}` })),
    { name: 'usage.nearLimit', ask: async () => (await ask<unknown[]>('usage.nearLimit')).length },

    page('audit.list', 'audit.list', () => ({})),
    page('audit.list, deep', 'audit.list', (n) => ({ cursor: one(deep, n) })),
    page('audit.list, of a tenant', 'audit.list', (n) => ({ tenantId: someTenant(n) })),
    page('audit.list, of a person', 'audit.list', (n) => ({
      actor: n % 2 ? `person-${Math.abs(n * 7) % personCount}` : personName(Math.abs(n * 7) % personCount),
    })),
    page('audit.list, of a worker, deep', 'audit.list', (n) => ({
      actor: 'publisher',
      cursor: one(deepOfPublisher, n),
    })),
    page('audit.list, of an action', 'audit.list', (n) => ({
      action: one(['access.grant', 'quota.apply', 'changeRequest.approve', 'gateway.join'], n),
    })),
    page('audit.list, of a time', 'audit.list', (n) => {
      const to = Date.now() - dayMs * (2 + (Math.abs(n * 3) % 150))
      return { from: new Date(to - (1 + (Math.abs(n) % 7)) * dayMs).toISOString(), to: new Date(to).toISOString() }
    }),
    page('audit.list, of a tenant, an action', 'audit.list', (n) => ({
      tenantId: someTenant(n),
      action: 'quota.apply',
    })),
    page('audit.list, of a person, an action', 'audit.list', (n) => ({
      actor: `person-${Math.abs(n * 7) % personCount}`,
      action: 'changeRequest.create',
      from: new Date(Date.now() - 90 * dayMs).toISOString(),
    })),

    found("access.me, a tenant's admin", (n) => client.ask('access.me', someone(n))),
    found('access.me, a platform admin', () => ask('access.me')),
    {
      name: 'access.holders',
      ask: async (n) => {
        const ofTenant = { permission: 'quota:read', tenantId: someTenant(n) }
        const asked = n % 2 ? ofTenant : { permission: 'audit:read' }
        return (await ask<{ holders: unknown[] }>('access.holders', asked)).holders.length
      },
    },
    page('access.grants', 'access.grants', (n) => (n % 2 ? { cursor: one(grants, n) } : {})),
    page('access.grants, search', 'access.grants', (n) => ({ search: one([someTenant(n), 'viewer', 'platform'], n) })),
  ]
}

/**
 * The 7-day chart, and the figures beside it, of tenants with history. Each round ends at another minute, so that both ends
 * of a chart are others, and sometimes a step of it.
 */
export function usageCases(
  client: Client,
  people: People,
  amp: MetricsQuery,
): Record<'history' | 'first' | 'now', Case> {
  const tenantOf = (n: number) => usageTenants[Math.abs(n) % 2] ?? ''
  const caller = (n: number) => people.admin(Number.parseInt(tenantOf(n).slice(-4), 16))
  const limitOf = (n: number): MeteredLimit => meteredLimits[Math.abs(n) % 3] ?? 'series.activeMax'
  function rangeAt(n: number) {
    const to = Date.now() - (Math.abs(n) % 60) * 60_000
    return { from: new Date(to - historyDays * dayMs).toISOString(), to: new Date(to).toISOString() }
  }
  const measured = (points: { used: number | null }[]) =>
    points.filter(({ used }) => used !== null).length > 200 ? 1 : 0
  return {
    history: {
      name: 'usage.history, 7 days',
      ask: async (n) => {
        const input = { limit: limitOf(n), ...rangeAt(n) }
        return measured(
          (await client.ask<{ points: { used: number | null }[] }>('usage.history', caller(n), input)).points,
        )
      },
    },
    // As by an API that knows nothing of the past yet, but in the process of the bench, and without Postgres.
    first: {
      name: 'usage.history, 7 days, first',
      ask: async (n) => {
        const history = createUsageHistory(amp, { warn: console.warn })
        return measured((await history.chart(limitOf(n), tenantOf(n), rangeOf(rangeAt(n)))).value?.points ?? [])
      },
    },
    now: {
      name: 'usage.now',
      ask: async (n) => {
        const view = await client.ask<{ meters: { sparkline: unknown[] }[] }>('usage.now', caller(n))
        return view.meters[0]?.sparkline.length ?? 0
      },
    },
  }
}
