import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { Tenants } from '../tenant/tenants.ts'
import { policyOf } from '../testing/tenants.ts'
import { snappy } from '../testing/testGateway.ts'
import { bodyOf, epochMs, requestOf, writeHandlerOf } from '../testing/writes.ts'
import { Turns } from './turns.ts'

const mebibyte = 1_048_576

it('tenants take turns, however many requests one of them has waiting', async () => {
  const turns = new Turns()
  const begun: string[] = []
  const take = async (tenant: string, bytes: number) => {
    await turns.take(tenant, bytes)
    begun.push(tenant)
  }
  await Promise.all([
    ...['a', 'a', 'a', 'a'].map((tenant) => take(tenant, 4 * mebibyte)),
    ...['b', 'b', 'c'].map((tenant) => take(tenant, 100)),
  ])
  expect(begun.join('')).toBe('aabcaba')
})

it('small requests do not wait for another turn', async () => {
  const turns = new Turns()
  let isLater = false
  setImmediate(() => {
    isLater = true
  })
  for (let i = 0; i < 100; i++) await turns.take('a', mebibyte / 100)
  expect(isLater).toBe(false)
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
