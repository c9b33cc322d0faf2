import { X509Certificate } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { TestGateway } from './testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
  // Only the request for news that is open brings the next version within the time of a test.
  at.settings = { ...at.settings, policyPollSeconds: 600 }
  at.controlPlane.answer = { policyVersionHint: null, shares: {}, defaultShare: 1, nextHeartbeatMs: 100 }
  at.publish({ version: 1 })
})
afterEach(() => at.remove())

const soon = { timeout: 30_000, interval: 5 }

it('a renewed certificate is used for the next connection, and the request that is open goes on where it is', async () => {
  const { heartbeats, news, files } = at.controlPlane
  const certificateOf = async (path: string) => new X509Certificate(await readFile(path))
  const logged = (text: string) => at.logged.filter(({ msg }) => `${msg}`.includes(text))
  const attested = (version: number) =>
    vi.waitFor(() => expect(heartbeats.at(-1)?.body.applied?.version).toBe(version), soon)
  const expiry = () => at.metric('tickwatch_certificate_expiry_timestamp_seconds{resource="client"}')
  const tomorrow = await openCertificateAuthority(join(at.dir, 'pki'), new Date(Date.now() + 86_400_000))
  const uri = 'spiffe://tickwatch.local/gateway/gateway-1'
  const renewed = await tomorrow.issue({ path: 'renewed', usage: 'client', uri })
  const old = await certificateOf(files.certFile)
  const fresh = await certificateOf(renewed.cert)

  await at.start()
  await attested(1)
  await vi.waitFor(() => expect(news.asked).toHaveLength(1), soon)
  expect(await expiry()).toBe(old.validToDate.getTime() / 1_000)

  // Without its key it is of no use. The gateway stays connected with the old pair.
  await copyFile(renewed.cert, files.certFile)
  await vi.waitFor(() => expect(logged('the old one stays in use')).not.toHaveLength(0), soon)
  const { length } = heartbeats
  await vi.waitFor(() => expect(heartbeats.length).toBeGreaterThan(length + 1), soon)
  expect(heartbeats.at(-1)?.certificate).toBe(old.fingerprint256)

  await copyFile(renewed.key, files.keyFile)
  await vi.waitFor(() => expect(heartbeats.at(-1)?.certificate).toBe(fresh.fingerprint256), soon)
  expect(await expiry()).toBe(fresh.validToDate.getTime() / 1_000)

  expect(news.asked).toHaveLength(1)
  at.publish({ version: 2 })
  news.tell(2)
  await attested(2)
  await vi.waitFor(() => expect(news.asked).toHaveLength(2), soon)
  expect(news.certificates).toEqual([old.fingerprint256, fresh.fingerprint256])
  expect(logged('does not announce policies')).toEqual([])
  expect(logged('a heartbeat failed')).toEqual([])
})
