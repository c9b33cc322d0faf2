import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ObjectStore, Signer } from '@tickwatch/aws'
import { auditLog, type Database, jobs, type PolicySource, policyVersions } from '@tickwatch/db'
import {
  type BundleLocation,
  bundleObjectKey,
  canaryHoldMs,
  compileBundle,
  encodeManifest,
  type Manifest,
  ManifestError,
  manifestFormat,
} from '@tickwatch/policy'
import { systemEvent } from '../../../shared/auditEvents.ts'
import type { Metrics } from '../../../telemetry/metrics.ts'
import type { Lease } from '../../../workers/lease.ts'
import { describeManifest, type RingWriter } from './ringWriter.ts'

/** Makes policy versions and tells the rings, under the lease of publishing. */
export type Publisher = {
  /** Compiles what was saved into the next version, if it changes anything, and tells the canary ring. */
  publish(lease: Lease): Promise<void>
  /**
   * Finishes what a crash or an outage left half done: a compiled version goes to the canary ring, a promoted one to
   * the fleet. The state in Postgres says what is to be done, so each step may run again.
   */
  catchUp(lease: Lease): Promise<void>
}

export type PublisherParts = {
  db: Database
  objects: ObjectStore
  signer: Signer
  rings: RingWriter
  metrics: Metrics
  environment: string
  bucket: string
}

const compress = promisify(gzip)

export function createPublisher(parts: PublisherParts): Publisher {
  const { db, rings, metrics, environment } = parts

  async function catchUp(lease: Lease): Promise<void> {
    const underway = await db.worker((tx) => policyVersions.underway(tx))
    const compiled = underway.findLast((v) => v.state === 'compiled')
    if (compiled) {
      const publishedAt = await tell(lease, 'canary', compiled)
      metrics.propagationSeconds.observe({ leg: 'canary-published' }, secondsBetween(compiled.savedAt, publishedAt))
    }
    const promoted = underway.findLast((v) => v.state === 'canary' && v.fleetPublishedAt !== null)
    if (promoted) {
      const publishedAt = await tell(lease, 'fleet', promoted)
      metrics.propagationSeconds.observe({ leg: 'fleet-published' }, secondsBetween(promoted.savedAt, publishedAt))
    }
  }

  async function tell(lease: Lease, ring: 'canary' | 'fleet', v: policyVersions.PolicyVersion): Promise<Date> {
    const manifest = encodeManifest(v.manifest)
    await auditForeign(lease, ring, manifest)
    const parameterVersion = await rings.tell(lease, ring, manifest)
    const publishedAt = new Date()
    await lease.write(async (tx) => {
      const { version, sha256 } = v
      await policyVersions.setDesired(tx, { ring, version, sha256, manifest, parameterVersion, publishedAt })
      if (ring === 'canary') {
        await policyVersions.update(tx, version, { state: 'canary', canaryPublishedAt: publishedAt })
        // Heartbeats promote it as soon as the canaries attest; this is for the hold's end.
        const runAt = new Date(publishedAt.getTime() + canaryHoldMs)
        await jobs.enqueue(tx, { task: 'promote', payload: { version }, runAt, jobKey: `promote:${version}` })
      } else {
        await policyVersions.update(tx, version, { state: 'fleet', fleetPublishedAt: publishedAt })
        await policyVersions.supersedeBefore(tx, version)
      }
      await jobs.notify(tx, { kind: 'policy', version })
    })
    return publishedAt
  }

  /** What someone wrote by hand since the last look is about to be written over: the reconciler will not see it. */
  async function auditForeign(lease: Lease, ring: 'canary' | 'fleet', next: string): Promise<void> {
    const state = (await db.worker((tx) => policyVersions.ringStates(tx))).find((known) => known.ring === ring)
    const found = await rings.get(lease, ring)
    if (!state || found?.value === state.manifest || found?.value === next) return
    const before = describeManifest(found)
    const after = { version: state.version, sha256: state.sha256 }
    const event = { action: 'policy.manifest.reconciled', target: `ring ${ring}`, before, after }
    await lease.write((tx) => auditLog.append(tx, systemEvent('publisher', event)))
  }

  async function compile(lease: Lease, source: PolicySource, sourceHash: string): Promise<void> {
    const version = await db.worker((tx) => policyVersions.nextVersion(tx))
    const json = compileBundle({ ...source, environment, version })
    const sha256 = createHash('sha256').update(json).digest()
    const signature = Buffer.from(await parts.signer.sign(sha256, lease.check())).toString('base64')
    const zipped = await compress(json, { level: 9 })
    const key = bundleObjectKey(sha256.toString('hex'))
    await parts.objects.putOnce(parts.bucket, key, zipped, lease.check())
    const createdAt = new Date()
    const about = {
      version,
      sha256: sha256.toString('hex'),
      bytes: Buffer.byteLength(json),
      signature,
      keyId: parts.signer.keyId,
    }
    const manifest = locate({ format: manifestFormat, ...about, createdAt: createdAt.toISOString() }, zipped, {
      kind: 's3',
      bucket: parts.bucket,
      key,
    })
    const savedAt = source.pending[0]?.savedAt ?? createdAt
    const causes = source.pending.map(({ savedAt: _at, tenantChangeId: _id, ...cause }) => cause)
    await lease.write(async (tx) => {
      const tenants = source.tenants.length
      await policyVersions.insert(tx, { ...about, tenants, createdAt, savedAt, manifest, causes, sourceHash })
      await policyVersions.carry(tx, version, source.pending)
      for (const older of await policyVersions.underway(tx)) {
        // The fleet may still be on its way to an older one; what waits before it has no turn any more.
        if (older.version < version && older.state !== 'fleet') {
          await policyVersions.update(tx, older.version, { state: 'superseded', held: null })
        }
      }
      await jobs.notify(tx, { kind: 'policy', version })
      const after = { version, sha256: about.sha256, tenants, changes: causes.length }
      await auditLog.append(tx, systemEvent('publisher', { action: 'policy.compile', target: `v${version}`, after }))
    })
    metrics.propagationSeconds.observe({ leg: 'compiled' }, secondsBetween(savedAt, createdAt))
  }

  return {
    catchUp,
    async publish(lease) {
      // What was half told must be finished first: a newer version would supersede it, and what SSM already holds of it
      // would look like a change by hand.
      await catchUp(lease)
      const { source, latest } = await db.worker(async (tx) => ({
        source: await policyVersions.source(tx, new Date()),
        latest: await policyVersions.latest(tx),
      }))
      // The same bundle but for its number is no new policy: what was changed back and forth rides on the newest one.
      const sourceHash = createHash('sha256')
        .update(compileBundle({ ...source, environment, version: 0 }))
        .digest('hex')
      if (latest?.sourceHash !== sourceHash) await compile(lease, source, sourceHash)
      else if (source.pending.length > 0) {
        await lease.write(async (tx) => {
          await policyVersions.carry(tx, latest.version, source.pending)
          await jobs.notify(tx, { kind: 'policy', version: latest.version })
        })
      }
      await catchUp(lease)
    },
  }
}

/** In the manifest itself while that stays within SSM's 4 KB, else in S3. */
function locate(manifest: Omit<Manifest, 'location'>, zipped: Buffer, stored: BundleLocation): Manifest {
  const inline: Manifest = { ...manifest, location: { kind: 'inline', gzipBase64: zipped.toString('base64') } }
  try {
    encodeManifest(inline)
    return inline
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return { ...manifest, location: stored }
  }
}

const secondsBetween = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime()) / 1_000
