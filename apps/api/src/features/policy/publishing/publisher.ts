import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ObjectStore, Signer } from '@tickwatch/aws'
import { auditLog, type Database, type Gateway, gateways, jobs, type PolicySource, policyVersions } from '@tickwatch/db'
import {
  type BundleLocation,
  type BundleWriters,
  bundleObjectKey,
  bundleWriters,
  encodeManifest,
  type Manifest,
  ManifestError,
  manifestWriters,
  type Ring,
  renumberBundle,
  type Wave,
  writerFor,
} from '@tickwatch/policy'
import { systemEvent } from '../../../shared/auditEvents.ts'
import { tryAll } from '../../../shared/tryAll.ts'
import type { Metrics } from '../../../telemetry/metrics.ts'
import type { Lease } from '../../../workers/lease.ts'
import { stillKnown } from '../../gateway/gateway.views.ts'
import { describeManifest, type RingWriter } from './ringWriter.ts'

/** Compiles policy versions and publishes them to the rings. The caller holds the lease `publishing`. */
export type Publisher = {
  /** Compiles the saved changes into the next version, if they change anything, and publishes it to its first ring. */
  publish(lease: Lease): Promise<void>
  /**
   * Publishes each version to the rings where it is due, also if a crash or an outage interrupted that before. The
   * waves in Postgres say what is due, so each step may run again. A ring that can't be written does not keep others
   * from being written. @throws what failed
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
  /** Each version that is compiled from now on gets these. */
  waves: readonly Wave[]
  /** All writers of this release, unless a test passes others. */
  bundleWriters?: BundleWriters
}

const compress = promisify(gzip)

export function createPublisher(parts: PublisherParts): Publisher {
  const { db, rings, metrics, environment } = parts

  async function catchUp(lease: Lease): Promise<void> {
    const underway = await db.worker((tx) => policyVersions.underway(tx))
    await tryAll(dueAtRings(underway), async ([ring, v]) => {
      const publishedAt = await publishTo(lease, ring, v)
      metrics.propagationSeconds.observe({ leg: 'published', ring }, secondsBetween(v.savedAt, publishedAt))
    })
  }

  /**
   * Finishes an interrupted publication before the next version is compiled. That version would supersede it, and the
   * manifest that is already in SSM would look like a change by hand. A ring that never had a manifest does not keep
   * the next version from the other rings: it may be a new name that this process may not write.
   */
  async function finishInterrupted(lease: Lease): Promise<void> {
    try {
      await catchUp(lease)
    } catch (error) {
      const [underway, states] = await db.worker((tx) =>
        Promise.all([policyVersions.underway(tx), policyVersions.ringStates(tx)]),
      )
      const left = dueAtRings(underway)
      if (left.size === 0 || states.some((state) => left.has(state.ring))) throw error
    }
  }

  async function publishTo(lease: Lease, ring: Ring, v: policyVersions.PolicyVersion): Promise<Date> {
    const manifest = encodeManifest(v.manifest)
    await auditChangeByHand(lease, ring, manifest)
    const parameterVersion = await rings.write(lease, ring, manifest)
    const publishedAt = new Date()
    await lease.write(async (tx) => {
      const { version, sha256 } = v
      await policyVersions.setDesired(tx, { ring, version, sha256, manifest, parameterVersion, publishedAt })
      await policyVersions.updateWave(tx, version, ring, { publishedAt })
      await policyVersions.update(tx, version, { state: 'publishing' })
      const toAll = (await policyVersions.publishedToAll(tx))?.version === version
      if (toAll) await policyVersions.supersedeBefore(tx, version)
      else {
        // Heartbeats promote it as soon as the gateways attest. This job is for gateways that do not, after the hold.
        const holdSeconds = v.waves.find((wave) => wave.ring === ring)?.holdSeconds ?? 0
        const runAt = new Date(publishedAt.getTime() + holdSeconds * 1_000)
        await jobs.enqueue(tx, { task: 'promote', payload: { version }, runAt, jobKey: `promote:${version}` })
      }
      await jobs.notify(tx, { kind: 'policy', version })
    })
    return publishedAt
  }

  /** If someone changed the manifest by hand, it is overwritten before the reconciler sees that. So this audits it. */
  async function auditChangeByHand(lease: Lease, ring: Ring, next: string): Promise<void> {
    const state = (await db.worker((tx) => policyVersions.ringStates(tx))).find((known) => known.ring === ring)
    const found = await rings.get(lease, ring)
    if (!state || found?.value === state.manifest || found?.value === next) return
    const before = describeManifest(found)
    const after = { version: state.version, sha256: state.sha256 }
    const event = { action: 'policy.manifest.reconciled', target: `ring ${ring}`, before, after }
    await lease.write((tx) => auditLog.append(tx, systemEvent('publisher', event)))
  }

  async function compile(lease: Lease, source: PolicySource, unnumbered: Unnumbered, writers: Writers): Promise<void> {
    const version = await db.worker((tx) => policyVersions.nextVersion(tx))
    const json = renumberBundle(unnumbered.json, version)
    const { sourceHash } = unnumbered
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
    const locate = (location: BundleLocation) =>
      writers.manifest.write({ ...about, createdAt: createdAt.toISOString(), location })
    const manifest = inlineIfSmall(locate, zipped, { kind: 's3', bucket: parts.bucket, key })
    const savedAt = source.pending[0]?.savedAt ?? createdAt
    const causes = source.pending.map(({ savedAt: _at, tenantChangeId: _id, ...cause }) => cause)
    await lease.write(async (tx) => {
      const tenants = source.tenants.length
      const { waves } = parts
      await policyVersions.insert(tx, { ...about, tenants, createdAt, savedAt, manifest, causes, sourceHash, waves })
      await policyVersions.carry(tx, version, source.pending)
      for (const older of await policyVersions.underway(tx)) {
        // The newer version replaces each older one that was not yet published to all its rings.
        if (older.version < version && older.waves.at(-1)?.publishedAt === null) {
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
      await finishInterrupted(lease)
      const { source, latest, known } = await db.worker(async (tx) => ({
        source: await policyVersions.source(tx, new Date()),
        latest: await policyVersions.latest(tx),
        known: await gateways.list(tx),
      }))
      const writers = writersFor(known, parts.bundleWriters)
      // If only the version number would differ, compile nothing and attach the pending changes to the latest version.
      const json = writers.bundle.write({ ...source, environment, version: 0 })
      const sourceHash = createHash('sha256').update(json).digest('hex')
      const readable = latest?.manifest.format === writers.manifest.format
      if (latest?.sourceHash !== sourceHash || !readable) await compile(lease, source, { json, sourceHash }, writers)
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

/** The version that is due at each ring. If two are due at one ring, only the newer is published there. */
export function dueAtRings(underway: readonly policyVersions.PolicyVersion[]): Map<Ring, policyVersions.PolicyVersion> {
  const due = new Map<Ring, policyVersions.PolicyVersion>()
  for (const v of underway) for (const wave of v.waves) if (wave.dueAt && !wave.publishedAt) due.set(wave.ring, v)
  return due
}

type Writers = ReturnType<typeof writersFor>
/** A bundle with version 0, and its hash: it is equal if nothing but the version differs. */
type Unnumbered = { json: string; sourceHash: string }

/**
 * Writers of the newest formats that the whole fleet reads. A gateway that is away for a moment still counts: when it
 * is back, it must be able to read what it missed.
 */
function writersFor(gateways: readonly Gateway[], bundles = bundleWriters) {
  const fleet = gateways.filter((g) => stillKnown(g, Date.now())).map((g) => g.formatsRead)
  return {
    bundle: writerFor(
      bundles,
      fleet.map((reads) => reads.bundle),
    ),
    manifest: writerFor(
      manifestWriters,
      fleet.map((reads) => reads.manifest),
    ),
  }
}

/** A manifest that contains the bundle, if that fits into SSM's 4 KB; otherwise one that points to S3. */
function inlineIfSmall(
  locate: (location: BundleLocation) => Manifest,
  zipped: Buffer,
  stored: BundleLocation,
): Manifest {
  const inline = locate({ kind: 'inline', gzipBase64: zipped.toString('base64') })
  try {
    encodeManifest(inline)
    return inline
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return locate(stored)
  }
}

const secondsBetween = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime()) / 1_000
