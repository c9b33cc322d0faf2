import type { RefusalCauses } from '@tickwatch/policy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from '../../testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let api: TestApi
let gatewayOf: (id: string) => Promise<ReturnType<TestApi['gateway']>>

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server })
  gatewayOf = async (id) => api.gateway(await pki.gateway(id), 'fleet')
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme')
  await seedTenant(api.db, 'globex')
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

const report = (since: string, samples: number): RefusalCauses => ({
  since,
  causes: [
    {
      reason: 'active-series',
      samples,
      metrics: [{ name: 'kills_total', samples }],
      labels: [{ name: 'match', values: samples }],
      writers: [{ name: 'eu-1', samples }],
    },
  ],
})
const causesOf = async (tenantId: string) =>
  (await api.as({ sub: 'mara', groups: [`${tenantId}-admins`] }, tenantId)).refusal.causes.query()

it('a tenant sees why its own samples were refused, from all gateways, and nothing of another tenant', async () => {
  expect(await causesOf('acme')).toBeNull()
  const [one, two] = [await gatewayOf('gateway-1'), await gatewayOf('gateway-2')]
  one.state.refusalCauses = {
    acme: report('2026-11-28T12:00:00.000Z', 10),
    globex: report('2026-11-28T12:00:00.000Z', 7),
    nobody: report('2026-11-28T12:00:00.000Z', 1),
  }
  const queries = [{ reason: 'query-rate', queries: 3, readers: [{ name: 'grafana', queries: 3 }] }]
  two.state.refusalCauses = { acme: { ...report('2026-11-28T11:30:00.000Z', 5), queries } }
  await one.beat()
  await two.beat()
  expect(await causesOf('acme')).toMatchObject({
    ...report('2026-11-28T11:30:00.000Z', 15),
    causes: [{ ...report('', 15).causes[0], labels: [{ name: 'match', values: 10 }] }],
    queries,
    gatewayIds: ['gateway-1', 'gateway-2'],
  })
  expect(await causesOf('globex')).toMatchObject({ causes: [{ samples: 7 }], queries: [] })
})

it('the report stays while the gateway has nothing new, and a newer one replaces it', async () => {
  const one = await gatewayOf('gateway-1')
  await one.beat()
  expect((await causesOf('globex'))?.causes[0]?.samples).toBe(7)
  one.state.refusalCauses = { globex: report('2026-11-28T12:00:00.000Z', 9) }
  await one.beat()
  expect((await causesOf('globex'))?.causes[0]?.samples).toBe(9)
})
