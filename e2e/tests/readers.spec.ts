import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { enforced, inSync, propose } from '../src/fleet.ts'
import { until } from '../src/portal.ts'
import { type QueryAnswer, query } from '../src/readers.ts'

const series = ({ data }: QueryAnswer) => data?.result ?? []
const everything = 'count by (tenant) ({__name__=~".+"})'

test('a reader sees fresh data of its own tenant, and nothing of other tenants', async ({ platform }) => {
  await inSync(platform)
  for (const tenant of ['acme', 'globex', 'initech']) {
    const age = await until(
      `fresh data of ${tenant}`,
      () => query(tenant, 'time() - max(timestamp(game_players))'),
      (answer) => Number(series(answer)[0]?.value[1] ?? Number.POSITIVE_INFINITY) < 10,
    )
    expect(age.status).toBe(200)
    const found = series(await query(tenant, everything))
    expect(found.map(({ metric }) => metric.tenant)).toEqual([tenant])
  }
  // The node exporter writes as acme.
  expect(series(await query('acme', 'node_load1'))).toHaveLength(1)
  expect(series(await query('globex', 'node_load1'))).toEqual([])
  expect(series(await query('globex', 'game_players{tenant="acme"} or {tenant=~"acme|tickwatch"}'))).toEqual([])
  expect(await query(null, 'up')).toMatchObject({ status: 401, error: expect.stringMatching(/^tw-unauthorized: /) })
})

test('after a tenant lowers its query range, longer queries are refused within seconds', async ({ acme, platform }) => {
  await inSync(platform)
  const long = 'count(rate(game_ticks_total[3h]))'
  expect((await query('acme', long)).status).toBe(200)
  const revision = await propose(acme, { 'query.rangeHoursMax': 2 }, 'Nobody needs hours of it')
  await enforced(acme, revision)
  // Each time Envoy may choose another gateway.
  for (let i = 0; i < 6; i++) {
    expect(await query('acme', long)).toMatchObject({
      status: 422,
      error: expect.stringMatching(/^tw-query-range: the query reads 3 h, limit 2 h, remedy .*, receipt /),
    })
  }
  expect((await query('globex', long)).status).toBe(200)
  await enforced(acme, await propose(acme, { 'query.rangeHoursMax': 768 }, 'Somebody does'))
  expect((await query('acme', long)).status).toBe(200)
})
