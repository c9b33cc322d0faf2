// Pairs of senders, of which AMP stores one. AMP's stand-in elects it as AMP does, and has a real Prometheus behind it.
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { startAmp } from '../../../../local/src/parts/amp/amp.ts'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { startPrometheus } from '../../../../local/src/parts/prometheus/prometheus.ts'
import { reader, snappy, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway
let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let amp: Awaited<ReturnType<typeof startAmp>>
const workspaceId = 'ws-test'
const startedMs = Date.now()

beforeAll(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  prometheus = await startPrometheus({ dir: at.dir })
  amp = await startAmp({
    port: 0,
    prometheusUrl: prometheus.url,
    region: 'us-east-1',
    accessKeys: { test: 'test' },
    workspaceId,
    rulesDir: prometheus.rulesDir,
  })
  at.settings = { ...at.settings, ampEndpoint: `${amp.url}/workspaces/${workspaceId}` }
  await at.startWith([{ id: 'acme' }, { id: 'globex' }])
})
afterAll(async () => {
  await at.remove()
  await amp.stop()
  await prometheus.stop()
})
afterEach(() => vi.restoreAllMocks())

const writer = new WriteRequestWriter()

/** Writes two series of a sender. Each value is written once, so that it is also the time, in seconds before now. */
function write(tenant: string, cluster: string, replica: string, value: number) {
  writer.begin()
  for (const name of ['players', 'ticks_total']) {
    writer.beginSeries(['__name__', name, '__replica__', replica, 'cluster', cluster])
    writer.sample(value, startedMs - value * 1_000)
    writer.endSeries()
  }
  return at.write(snappy(writer.finish()), {}, tenant)
}

/** The labels and the values of the tenant's series of this cluster, the newest value last. */
async function stored(tenant: string, cluster: string) {
  const asked = new URLSearchParams({ query: `players{cluster="${cluster}"}[10m]`, time: `${startedMs / 1_000}` })
  const { body } = await at.query(`/api/v1/query?${asked}`, reader(tenant))
  const { data } = JSON.parse(body) as { data: { result: { metric: object; values: [number, string][] }[] } }
  return data.result.map(({ metric, values }) => ({ metric, values: values.map(([, value]) => Number(value)) }))
}

/** The storage's clock is so far ahead from now on. */
function advance(seconds: number): void {
  const now = Date.now
  const aheadMs = seconds * 1_000
  vi.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs)
}

it('a tenant cannot make the storage drop the samples of another by sending its cluster with an own replica', async () => {
  expect(await write('globex', 'acme:1', 'thief', 60)).toMatchObject({
    status: 400,
    body: expect.stringMatching(/^tw-label-value: series of players .* limit globex:1 to globex:9, /),
  })
  expect((await write('acme', 'acme:1', 'a', 50)).status).toBe(204)
  advance(31)
  expect((await write('globex', 'acme:1', 'thief', 40)).status).toBe(400)
  expect((await write('acme', 'acme:1', 'a', 30)).status).toBe(204)
  expect((await stored('acme', 'acme:1')).map(({ values }) => values)).toEqual([[50, 30]])
  expect(await stored('globex', 'acme:1')).toEqual([])
})

it('of a pair one sender is stored under the labels that it sent, and when it is silent for 30 s the other', async () => {
  for (const [replica, value] of [
    ['a', 60],
    ['b', 59],
    ['a', 50],
    ['b', 49],
  ] as const) {
    expect((await write('acme', 'acme:2', replica, value)).status).toBe(204)
  }
  // The pair of another tenant, at the same time.
  expect((await write('globex', 'globex:2', 'b', 45)).status).toBe(204)
  advance(31)
  expect((await write('acme', 'acme:2', 'b', 40)).status).toBe(204)
  expect((await write('acme', 'acme:2', 'a', 39)).status).toBe(204)
  const metric = { __name__: 'players', cluster: 'acme:2', tenant: 'acme' }
  expect(await stored('acme', 'acme:2')).toEqual([{ metric, values: [60, 50, 40] }])
  expect((await stored('globex', 'globex:2')).map(({ values }) => values)).toEqual([[45]])
})
