import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  // Neither a poll nor a heartbeat brings the next version within the time of a test.
  at.settings = { ...at.settings, policyPollSeconds: 600 }
  at.controlPlane.answer = { policyVersionHint: null, shares: {}, defaultShare: 1, nextHeartbeatMs: 60_000 }
  at.publish({ version: 1 })
})
afterEach(() => at.remove())

const soon = { timeout: 30_000, interval: 5 }
const attested = (version: number) =>
  vi.waitFor(() => expect(at.controlPlane.heartbeats.at(-1)?.body.applied?.version).toBe(version), soon)
const asked = (query: string) => vi.waitFor(() => expect(at.controlPlane.news.asked.at(-1)).toBe(query), soon)
async function start() {
  await at.start()
  await attested(1)
  await vi.waitFor(() => expect(at.controlPlane.news.asked).toHaveLength(1), soon)
}

it('a version is enforced and attested as soon as the control plane announces it', async () => {
  await start()
  for (const version of [2, 3]) {
    at.publish({ version })
    at.controlPlane.news.tell(version)
    await attested(version)
    await asked(`ring=canary&after=${version}`)
  }
})

it('a version that SSM does not have yet is enforced as soon as SSM has it', async () => {
  await start()
  at.controlPlane.news.tell(2)
  const { polls } = at
  await vi.waitFor(() => expect(at.polls).toBeGreaterThan(polls + 1), soon)
  at.publish({ version: 2 })
  await attested(2)
})

it('a version that the gateway refuses is announced and judged once', async () => {
  await start()
  at.parameter = at.publish({ version: 2 }).text.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${'0'.repeat(64)}"`)
  at.controlPlane.news.tell(2)
  await vi.waitFor(() => expect(at.controlPlane.heartbeats.at(-1)?.body.refused?.version).toBe(2), soon)
  await asked('ring=canary&after=2')
  expect(at.polls).toBeLessThan(5)
})

it('the next request follows an answer without news, and one that failed', async () => {
  await start()
  at.controlPlane.news.tell(null)
  await vi.waitFor(() => expect(at.controlPlane.news.asked).toHaveLength(2), soon)
  at.controlPlane.news.status = 503
  const before = at.controlPlane.heartbeats.length
  at.controlPlane.news.tell(null)
  // It shows at once that it is there.
  await vi.waitFor(() => expect(at.controlPlane.heartbeats.length).toBe(before + 1), soon)
  await vi.waitFor(() => expect(at.controlPlane.news.asked.length).toBeGreaterThan(3), soon)
  at.controlPlane.news.status = null
  const { length } = at.controlPlane.news.asked
  await vi.waitFor(() => expect(at.controlPlane.news.asked.length).toBeGreaterThan(length), soon)
  at.publish({ version: 2 })
  at.controlPlane.news.tell(2)
  await attested(2)
  expect(at.logged.filter(({ msg }) => `${msg}`.includes('does not announce policies'))).toHaveLength(1)
})

it('a control plane that cannot announce versions is left alone, and its hints in heartbeats are followed', async () => {
  at.controlPlane.news.status = 404
  at.controlPlane.answer = { policyVersionHint: null, shares: {}, defaultShare: 1, nextHeartbeatMs: 200 }
  await start()
  at.publish({ version: 2 })
  at.controlPlane.answer = { policyVersionHint: 2, shares: {}, defaultShare: 1, nextHeartbeatMs: 200 }
  await attested(2)
  expect(at.controlPlane.news.asked).toHaveLength(1)
  expect(at.logged.filter(({ level }) => Number(level) >= 40)).toEqual([])
})

it('a gateway that stops does not wait for news', async () => {
  await start()
  const stoppedAt = performance.now()
  await at.stop()
  expect(performance.now() - stoppedAt).toBeLessThan(5_000)
  expect(at.controlPlane.heartbeats.at(-1)?.body.leaving).toBe(true)
})
