import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as gateways from './gateway.repository.ts'
import { figures, heartbeat, later, noon, useDatabase } from './test/fixtures.ts'
import * as usage from './usage.repository.ts'

const database = useDatabase(useTestDatabase())
const record = (over: Partial<gateways.Heartbeat>, at = noon) =>
  database.db.platform((tx) => gateways.recordHeartbeat(tx, heartbeat(over), at))

describe('live figures', () => {
  it('have the sketch of the newest heartbeat, if it carried one', async () => {
    const sketch = async (seriesSketch: string | undefined, at: number) => {
      await record({ gatewayId: 'sketcher', tenants: { acme: figures({ seriesSketch }) } }, later(at))
      const live = await database.db.platform((tx) => gateways.liveDemands(tx, later(at), later(at)))
      return live.demands.get('acme')?.find(({ gatewayId }) => gatewayId === 'sketcher')?.seriesSketch
    }
    expect(await sketch('0'.repeat(2_048), 1_500)).toBe('0'.repeat(2_048))
    expect(await sketch(undefined, 1_501)).toBeUndefined()
  })

  it('have what the gateway took, if it reports that', async () => {
    const taken = { samples: 12_000_000_001, requests: 7, queries: 0 }
    await record({ gatewayId: 'taker', tenants: { acme: figures({ taken }), globex: figures() } }, later(1_600))
    const live = await database.db.platform((tx) => gateways.liveDemands(tx, later(1_600), later(1_600)))
    const of = (tenantId: string) => live.demands.get(tenantId)?.find(({ gatewayId }) => gatewayId === 'taker')
    expect([of('acme')?.taken, of('globex')?.taken]).toEqual([taken, undefined])
  })

  it('leave out gateways that are away', async () => {
    const { db } = database
    const acme = figures({ refusedPerSecond: { rate: 2 } })
    await record({ gatewayId: 'live-a', tenants: { acme: { ...acme, sampleAgeSeconds: 12 } } }, later(2_000))
    await record({ gatewayId: 'live-b', tenants: { acme, globex: figures() } }, later(2_005))
    await record({ gatewayId: 'away', tenants: { acme } }, later(1_900))
    const demand = { samplesPerSecond: 120, requestsPerSecond: 12, activeSeries: 1_200, queriesPerSecond: 3 }
    const live = await db.platform((tx) => gateways.liveDemands(tx, later(1_990), later(1_990)))
    expect(live.gatewayIds).toEqual(['live-a', 'live-b'])
    expect(live.demands.get('acme')).toEqual([
      { gatewayId: 'live-a', ...demand },
      { gatewayId: 'live-b', ...demand },
    ])
    expect(live.demands.get('globex')).toEqual([{ gatewayId: 'live-b', ...demand }])
    const late = await db.platform((tx) => gateways.liveDemands(tx, later(1_990), later(2_001)))
    expect(late.demands.get('acme')).toEqual([
      { gatewayId: 'live-a', ...demand, late: true },
      { gatewayId: 'live-b', ...demand },
    ])
    expect(await db.tenant('acme', (tx) => usage.now(tx, 'acme', later(1_990)))).toEqual({
      gateways: 2,
      asOf: later(2_000),
      samplesPerSecond: 200,
      requestsPerSecond: 20,
      activeSeries: 2_000,
      refusedPerSecond: 4,
      refusedByReason: { rate: 4 },
      refusedQueriesByReason: {},
      // That of the gateway that measures it.
      sampleAgeSeconds: 12,
    })
    const known = await db.platform((tx) => gateways.byId(tx, 'live-b'))
    await db.platform((tx) => gateways.lose(tx, known ?? expect.fail('unknown'), later(2_006)))
    const one = { gateways: 1, samplesPerSecond: 100 }
    expect(await db.tenant('acme', (tx) => usage.now(tx, 'acme', later(1_990)))).toMatchObject(one)
    expect(await db.platform((tx) => gateways.samplesPerSecond(tx, later(1_990)))).toBe(100)
    await record({ gatewayId: 'live-a', leaving: true, tenants: { acme } }, later(2_010))
    expect(await db.platform((tx) => gateways.samplesPerSecond(tx, later(1_990)))).toBeNull()
    const nothing = await db.tenant('acme', (tx) => usage.now(tx, 'acme', later(9_999)))
    expect(nothing).toMatchObject({ gateways: 0, asOf: null, samplesPerSecond: 0 })
  })
})
