import { describe, expect, it } from 'vitest'
import { policyOf, tenantsOf } from '../testing/tenants.ts'

const ids = Array.from({ length: 150 }, (_, i) => `tenant-${i}`)

function refusedTenants() {
  const tenants = tenantsOf({})
  tenants.apply(policyOf(ids.map((id) => ({ id }))), 0)
  return tenants
}

describe('the refusals of tenants', () => {
  it('are all reported within 10 s, in small heartbeats, however many tenants are refused all the time', () => {
    const tenants = refusedTenants()
    const reportedS = new Map(ids.map((id) => [id, 0]))
    for (let nowS = 1; nowS <= 60; nowS++) {
      for (const id of ids) tenants.forWrite(id, nowS * 1_000)?.refusals.add('rate', 'edge', 1, nowS)
      const reported = Object.keys(tenants.refusalCauses(nowS * 1_000, nowS * 1_000) ?? {})
      expect(reported.length).toBeLessThanOrEqual(20)
      for (const id of reported) reportedS.set(id, nowS)
      for (const lastS of reportedS.values()) expect(nowS - lastS).toBeLessThan(10)
    }
  })

  it('have the readers whose queries were refused, with or without samples', () => {
    const tenants = refusedTenants()
    const [first, second] = ids.map((id) => tenants.forQuery(id, 0))
    first?.refusedQueries.add('query-rate', 'grafana', 3, 0)
    second?.refusedQueries.add('suspended', 'grafana', 1, 0)
    second?.refusals.add('suspended', 'edge', 2, 0)
    expect(tenants.refusalCauses(0, 0)).toMatchObject({
      'tenant-0': {
        causes: [],
        queries: [{ reason: 'query-rate', queries: 3, readers: [{ name: 'grafana', queries: 3 }] }],
      },
      'tenant-1': {
        causes: [{ reason: 'suspended', samples: 2, writers: [{ name: 'edge', samples: 2 }] }],
        queries: [{ reason: 'suspended', queries: 1 }],
      },
    })
  })
})
