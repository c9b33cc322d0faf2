import { createHash, randomUUID } from 'node:crypto'
import { formatsRead, type HeartbeatTenant } from '@tickwatch/policy'
import { afterAll, beforeAll } from 'vitest'
import * as apiTokens from '../apiToken.repository.ts'
import type { AuditEvent } from '../audit.repository.ts'
import * as changeRequests from '../changeRequest.repository.ts'
import { type Database, type DatabaseUrls, openDatabase } from '../database.ts'
import type { Heartbeat } from '../gateway.repository.ts'
import * as images from '../image.repository.ts'
import type { NewPolicyVersion } from '../policyVersion.repository.ts'
import type { NewQuotaRevision } from '../quota.repository.ts'
import type { NewReaderToken } from '../readerToken.repository.ts'
import type { NewRollout } from '../rollout.repository.ts'
import { create } from '../tenant.repository.ts'
import type { PlatformTx } from '../transaction.ts'

export const ann = { subject: 'ann', name: 'Ann Acme' }
export const pat = { subject: 'pat', name: 'Pat Platform' }
export const noon = new Date('2026-11-23T12:00:00.000Z')
export const later = (seconds: number) => new Date(noon.getTime() + seconds * 1_000)
export const sha256 = (digit: string) => digit.repeat(64)

/** Opens a file's test database for all three roles, with the tenants acme and globex in it. */
export function useDatabase<Urls extends DatabaseUrls>(urls: Urls): { readonly db: Database; readonly urls: Urls } {
  let db: Database | undefined
  beforeAll(async () => {
    db = openDatabase(urls)
    for (const id of ['acme', 'globex']) await createTenant(db, id)
  })
  afterAll(() => db?.close())
  return {
    urls,
    get db() {
      if (!db) throw new Error('the database opens before the tests')
      return db
    },
  }
}

export const createTenant = (db: Database, id: string) =>
  db.platform((tx) =>
    create(tx, { id, name: `${id} Games`, plan: 'standard', envelope: {} }, { by: pat, reason: 'new', at: noon }),
  )

export const revision = (over: Partial<NewQuotaRevision> = {}): NewQuotaRevision => ({
  tenantId: 'acme',
  baseRevision: 0,
  createdAt: noon,
  by: ann,
  approvedBy: null,
  reason: 'launch day',
  limits: { 'ingest.samplesPerSecond': 20_000 },
  changes: [{ limit: 'ingest.samplesPerSecond', from: 10_000, to: 20_000 }],
  endsAt: null,
  revertsRevision: null,
  changeRequestId: null,
  ...over,
})

export const changeRequest = (
  over: Partial<changeRequests.NewChangeRequest> = {},
): changeRequests.NewChangeRequest => ({
  id: randomUUID(),
  tenantId: 'acme',
  createdAt: noon,
  by: ann,
  reason: 'beyond the envelope',
  limits: { 'series.activeMax': 900_000 },
  changes: [{ limit: 'series.activeMax', from: 100_000, to: 900_000 }],
  outside: [{ limit: 'series.activeMax', value: 900_000, bounds: { min: 1, max: 200_000 } }],
  baseRevision: 0,
  endsAt: null,
  boostSeconds: null,
  ...over,
})

/** An image without reports. @returns its id */
export async function createImage(db: Database, version = '1.0.0'): Promise<string> {
  const [id, tokenId] = [randomUUID(), randomUUID()]
  await db.platform(async (tx) => {
    const token = { id: tokenId, name: 'pipeline', scopes: ['images:register'], createdAt: noon, by: pat }
    const secret = createHash('sha256').update(tokenId).digest('hex')
    await apiTokens.create(tx, { ...token, expiresAt: later(86_400), sha256: secret })
    await images.create(tx, {
      ...{ id, name: 'gateway', version, registeredAt: noon, token: { id: tokenId, name: token.name } },
      ...{ changelog: '', manifest: '{}', bundle: '{}', amis: [], reports: [] },
    })
  })
  return id
}

/** Asks for a rollout by ann to these groups, of the tenant tickwatch. @returns it, and the id of its request */
export async function askRollout(
  tx: PlatformTx,
  imageId: string,
  groups: readonly string[],
  { approversNeeded = 1, region = 'eu-west-1' } = {},
): Promise<NewRollout> {
  const [id, changeRequestId] = [randomUUID(), randomUUID()]
  const plan = { targets: groups.map((group) => ({ group, region })), waves: [] }
  const asked = { id: changeRequestId, tenantId: 'tickwatch', createdAt: noon, by: ann, reason: 'a new release' }
  const subject = { kind: 'rollout', id, content: { imageId, environment: 'test', plan }, sha256: sha256('c') }
  await changeRequests.createOf(tx, { ...asked, subject, approversNeeded })
  return {
    ...{
      id,
      imageId,
      environment: 'test',
      plan,
      planSha256: sha256('a'),
      state: { phase: 'waiting' },
      phase: 'waiting',
    },
    ...{ by: ann, reason: 'a new release', createdAt: noon, expiresAt: later(86_400), changeRequestId },
  }
}

export const readerToken = (over: Partial<NewReaderToken> = {}): NewReaderToken => ({
  id: randomUUID(),
  tenantId: 'acme',
  name: 'grafana',
  sha256: createHash('sha256').update(randomUUID()).digest('hex'),
  createdAt: noon,
  by: ann,
  expiresAt: later(86_400),
  ...over,
})

export const figures = (over: Partial<HeartbeatTenant> = {}): HeartbeatTenant => ({
  demandSamplesPerSecond: 120,
  demandRequestsPerSecond: 12,
  demandSeries: 1_200,
  demandQueriesPerSecond: 3,
  samplesPerSecond: 100,
  requestsPerSecond: 10,
  activeSeries: 1_000,
  refusedPerSecond: {},
  ...over,
})

export const heartbeat = (over: Partial<Heartbeat> = {}): Heartbeat => ({
  gatewayId: 'gateway-1',
  ring: 'canary',
  zone: 'us-east-1a',
  softwareVersion: '0.1.0',
  formatsRead,
  startedAt: noon,
  applied: null,
  refused: null,
  cpuRatio: 0.25,
  memoryBytes: 90_000_000,
  tenants: {},
  ...over,
})

export const policyVersion = (version: number, over: Partial<NewPolicyVersion> = {}): NewPolicyVersion => ({
  version,
  sha256: sha256('a'),
  bytes: 1_000,
  tenants: 2,
  createdAt: noon,
  savedAt: noon,
  signature: 'c2lnbmF0dXJl',
  keyId: 'key',
  manifest: {
    format: 1,
    version,
    sha256: sha256('a'),
    bytes: 1_000,
    signature: 'c2lnbmF0dXJl',
    keyId: 'key',
    createdAt: noon.toISOString(),
    location: { kind: 'inline', gzipBase64: 'H4sI' },
  },
  causes: [{ kind: 'quota', tenantId: 'acme', revision: 1, by: ann, reason: 'launch day' }],
  sourceHash: sha256('b'),
  waves: [
    { ring: 'canary', holdSeconds: 30 },
    { ring: 'fleet', holdSeconds: 30 },
  ],
  ...over,
})

export const auditEvent = (over: Partial<AuditEvent> = {}): AuditEvent => ({
  occurredAt: noon,
  actorKind: 'person',
  actor: ann.subject,
  actorName: ann.name,
  action: 'quota.propose',
  tenantId: 'acme',
  target: 'acme/1',
  before: { 'ingest.samplesPerSecond': 10_000 },
  after: { 'ingest.samplesPerSecond': 20_000 },
  reason: 'launch day',
  requestId: 'request-1',
  source: '127.0.0.1',
  ...over,
})

/** Runs `work` for 0 to `count` - 1, as many at once as two pools have connections: more would only wait for one. */
export async function inBatches<T>(count: number, work: (i: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> {
  const settled: PromiseSettledResult<T>[] = []
  for (let from = 0; from < count; from += 20) {
    const batch = Array.from({ length: Math.min(20, count - from) }, (_, i) => work(from + i))
    settled.push(...(await Promise.allSettled(batch)))
  }
  return settled
}
