import { Readable } from 'node:stream'
import { decompressedBytes, Scratch, type Sliced, sliceBytes } from '@tickwatch/remote-write'
import { expect, it } from 'vitest'
import { seriesState } from '../tenant/seriesTable.ts'
import { Tenants } from '../tenant/tenants.ts'
import { policyOf, tenantsOf } from '../testing/tenants.ts'
import { snappy } from '../testing/testGateway.ts'
import {
  bodyOf,
  customBucketsOf,
  epochMs,
  requestOf,
  samplesOf,
  series,
  sharedTextsOf,
  writeHandlerOf,
} from '../testing/writes.ts'
import { Ingest } from './ingest.ts'
import { Turns } from './turns.ts'

const mebibyte = 1_048_576

/** Work of so many slices, which writes its name after each. */
function* work(name: string, slices: number, done: string[]) {
  for (let i = 1; i < slices; i++) {
    done.push(name)
    yield
  }
  done.push(name.toUpperCase())
  return name
}

it('tenants take turns slice by slice, however many requests one of them has waiting and however large they are', async () => {
  const turns = new Turns()
  const done: string[] = []
  const run = (name: string, slices: number) => turns.run(name, slices * sliceBytes, work(name, slices, done))
  const results = await Promise.all([run('a', 6), run('a', 1), run('b', 2), run('b', 1), run('c', 1)])
  expect(results).toEqual(['a', 'a', 'b', 'b', 'c'])
  expect(done.join('')).toBe('aabCaBaBaAA')
})

it('small requests do not wait for another turn', async () => {
  const turns = new Turns()
  let isLater = false
  setImmediate(() => {
    isLater = true
  })
  for (let i = 0; i < 100; i++) await turns.run('a', sliceBytes / 100, work('a', 1, []))
  expect(isLater).toBe(false)
})

it('the event loop serves others between the slices of one request', async () => {
  const turns = new Turns()
  const done: string[] = []
  const reading = turns.run('a', 40 * sliceBytes, work('a', 40, done))
  await new Promise((served) => setImmediate(served))
  expect(done.length).toBeLessThan(10)
  await reading
})

it('a request that fails does not stop the others', async () => {
  const turns = new Turns()
  const failing = turns.run(
    'a',
    sliceBytes,
    (function* (): Sliced<string> {
      yield
      throw new Error('malformed')
    })(),
  )
  const next = turns.run('a', sliceBytes, work('a', 2, []))
  await expect(failing).rejects.toThrow('malformed')
  expect(await next).toBe('a')
})

const hourOld = epochMs - 3_600_000
const times = Array.from({ length: 40_000 }, (_, i) => hourOld + (i - 20_000) * 10)
const sharedTexts = ['__name__', 'up', 'queue', 'v'.repeat(250), 'region', 'r'.repeat(250)]

it.each([
  ['many series', samplesOf(series(20_000), epochMs), 1, { judged: 20_000 / 64, isSent: true }],
  ['one series of a million labels', samplesOf([Array<string>(1_000_000).fill('a')]), 1, { judged: 1, isSent: false }],
  ['one series of samples, half of them too old', bodyOf('up', times), 1, { judged: 6, isSent: true }],
  ['8,000 custom buckets', customBucketsOf(8_000), 1, { judged: 2 * (8_000 / 64), isSent: true }],
  ['series of 2.0 that share long texts', sharedTextsOf(4_000, sharedTexts), 2, { judged: 4_000 / 45, isSent: true }],
] as const)(
  'a large request of %s stops after each slice while it is read, judged and packed',
  (_, body, version, of) => {
    const tenants = tenantsOf({ 'series.activeMax': 100_000 })
    const tenant = tenants.forWrite('acme', 0)
    if (!tenant) throw new Error('there is no tenant acme')
    const bytes = decompressedBytes(body)
    const ingest = new Ingest()
    const slices = <T>(part: Sliced<T>): [count: number, result: T] => {
      for (let count = 1; ; count++) {
        const { done, value } = part.next()
        if (done) return [count, value]
      }
    }
    const inBytes = Math.floor(bytes / sliceBytes)
    // It is decompressed and parsed.
    expect(slices(ingest.read(body, version, bytes, 50_000))[0]).toBeGreaterThanOrEqual(2 * inBytes)
    const [judged, kept] = slices(ingest.keep(tenant, 0, epochMs))
    expect(judged).toBeGreaterThanOrEqual(of.judged)
    expect(kept.points > 0).toBe(of.isSent)
    const [packed, sent] = slices(ingest.pack(new Scratch()))
    expect(packed).toBeGreaterThanOrEqual(Math.floor(decompressedBytes(sent) / sliceBytes))
  },
)

it('a request of 2.0 is charged for the texts that its series share', async () => {
  const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1_000, 'ingest.requestBytesMax': mebibyte })
  const handler = writeHandlerOf(tenants, () => 0)
  const body = sharedTextsOf(4_000, sharedTexts)
  expect(decompressedBytes(body)).toBeLessThan(mebibyte / 4)
  const statuses: number[] = []
  for (let i = 0; i < 6; i++) {
    const reply = await handler.handle(requestOf(Readable.from([body]), 'acme', 2))
    statuses.push(reply.status)
  }
  // At once it may send 4,096,000 bytes, and each has about 2,300,000 in 1.0.
  expect(statuses).toEqual([204, 204, 429, 429, 429, 429])
})

it('a flood of small requests that expand to large ones is refused before it costs anything, and delays nobody', async () => {
  const tenants = new Tenants(
    { byTenant: new Map(), defaultShare: 1 },
    () => {},
    () => {},
  )
  const limits = { 'ingest.requestsPerSecond': 1_000 }
  tenants.apply(policyOf([{ id: 'acme', limits }, { id: 'globex' }]), 0)
  const handler = writeHandlerOf(tenants, () => 0)
  const bomb = snappy(Buffer.alloc(4 * mebibyte))
  expect(bomb.length).toBeLessThan(250_000)
  const answers: { tenant: string; status: number; headers: Record<string, string> }[] = []
  const send = async (tenant: string, body: Buffer) => {
    const { status, headers } = await handler.handle(requestOf(Readable.from([body]), tenant))
    answers.push({ tenant, status, headers })
  }
  await Promise.all([...Array.from({ length: 60 }, () => send('acme', bomb)), send('globex', bodyOf('up', [epochMs]))])
  const ofAcme = answers.filter(({ tenant }) => tenant === 'acme')
  const refused = ofAcme.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(60 - 128 / 4)
  expect(refused.every(({ headers }) => headers['retry-after'] === '1')).toBe(true)
  const read = answers.filter(({ status }) => status !== 429)
  // One request of acme is read before and one after that of globex arrives.
  expect(read.findIndex(({ tenant }) => tenant === 'globex')).toBeLessThanOrEqual(2)
  expect(read.filter(({ tenant, status }) => tenant === 'globex' && status === 204)).toHaveLength(1)
  expect(tenants.forWrite('acme', 0)?.writeBytesHeld).toBe(0)
})

it('a tenant whose requests expand to many bytes is refused before they cost anything, until its limit allows more', async () => {
  const tenants = new Tenants(
    { byTenant: new Map(), defaultShare: 1 },
    () => {},
    () => {},
  )
  const limits = { 'ingest.samplesPerSecond': 1_000, 'ingest.requestBytesMax': 4 * mebibyte }
  tenants.apply(policyOf([{ id: 'acme', limits }]), 0)
  let nowMs = 0
  const handler = writeHandlerOf(tenants, () => nowMs)
  const bomb = snappy(Buffer.alloc(4 * mebibyte))
  const send = () => handler.handle(requestOf(Readable.from([bomb])))
  const statuses = [(await send()).status, (await send()).status]
  expect(statuses).toEqual([400, 400])
  const refused = await send()
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '2' } })
  expect(refused.body).toMatch(/^tw-in-flight: the requests expand to too many bytes, limit 4096000 bytes\/s/)
  nowMs = 2_000
  expect((await send()).status).toBe(400)
})

it('series that were over a small share are not refused for good because the share grew before the request ended', async () => {
  const tenants = new Tenants(
    { byTenant: new Map(), defaultShare: 0.5 },
    () => {},
    () => {},
  )
  const limits = { 'series.activeMax': 20_000, 'ingest.samplesPerSecond': 100_000 }
  tenants.apply(policyOf([{ id: 'acme', limits }]), 0)
  const handler = writeHandlerOf(tenants, () => 0)
  const body = samplesOf(series(15_000), epochMs)
  let answered = false
  const send = async () => {
    const reply = await handler.handle(requestOf(Readable.from([body])))
    answered = true
    return reply
  }
  const first = send()
  const tenant = tenants.forWrite('acme', 0)
  while (!answered && !tenant?.series.counts[seriesState.overLimit]) await new Promise((next) => setImmediate(next))
  expect(answered).toBe(false)
  tenant?.setShare({ ...tenant.share, series: 1 }, 0)
  expect((await first).status).toBe(503)
  expect((await send()).status).toBe(204)
})
