import type { ObjectStore, ParameterStore } from '@tickwatch/aws'
import {
  type BundleLocation,
  BundleReader,
  type Heartbeat,
  type Manifest,
  manifestParameterName,
  type Ring,
} from '@tickwatch/policy'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Metrics } from '../metrics.ts'
import { Repeater } from '../repeater.ts'
import type { SavedPolicy, StateStore } from '../stateStore.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { compilePolicy } from './policy.ts'
import { openBundle, PolicyRefused, readManifest, type Trust } from './policyTrust.ts'

/** Follow the hints of one version for 5 s, at most every 250 ms: SSM may lag, and a hint may be wrong. */
const hintGapMs = 250
const hintFollowedMs = 5_000

/**
 * Keeps the tenants on the newest policy of the gateway's ring: reads the manifest from SSM, verifies, compiles, swaps,
 * saves, and only then attests. Whatever goes wrong, the policy held goes on.
 */
export class PolicyClient {
  /** What is enforced and on disk: the attestation. */
  applied: Heartbeat['applied'] = null
  refused: Heartbeat['refused'] = null
  /** SSM was asked: the policy is the newest to be had, whether it answered or not. */
  looked = false
  readonly #parameterName: string
  readonly #parts: PolicyParts
  readonly #poll: Repeater
  /** What is enforced. Kept until it is on disk, so that a full disk is tried again. */
  #held: { version: number; sha256: string; unsaved: SavedPolicy | null } | null = null
  /** What was last refused, with its bundle if that came from S3: it is not judged again at every poll. */
  #judged: { manifest: string; object: Uint8Array | null } | null = null
  readonly #bundles = new BundleReader()
  #hinted = { version: 0, firstAtMs: 0 }
  #reachable = true

  constructor(parts: PolicyParts) {
    this.#parts = parts
    this.#parameterName = manifestParameterName(parts.trust.environment, parts.ring)
    this.#poll = new Repeater(() => this.#refresh())
  }

  /** Enforces the policy on disk, verified as if it came from outside. */
  async boot(): Promise<void> {
    const { store, log } = this.#parts
    try {
      const saved = await store.loadPolicy()
      if (!saved) return
      this.#enforce(readManifest(saved.manifest), saved, false)
      this.#attest()
      log.info({ version: this.applied?.version }, 'enforcing the policy on disk')
    } catch (cause) {
      if (cause instanceof PolicyRefused) this.#refuse(cause)
      else log.error({ err: cause }, 'the policy on disk can not be read')
    }
  }

  start(): void {
    this.#poll.soon(0)
  }

  stop(): Promise<void> {
    return this.#poll.stop()
  }

  /** The control plane says that the ring is told to enforce this version: looks at SSM at once. */
  hint(version: number | null): void {
    if (version === null || version <= (this.#held?.version ?? 0)) return
    const nowMs = this.#parts.clock.monotonicMs()
    if (this.#hinted.version !== version) this.#hinted = { version, firstAtMs: nowMs }
    if (nowMs - this.#hinted.firstAtMs < hintFollowedMs) this.#poll.soon(hintGapMs)
  }

  /** One look at SSM. @returns milliseconds until the next: the poll's time, 20 % more or less, so that a fleet spreads out. */
  async #refresh(): Promise<number> {
    const { log, parameters, pollSeconds } = this.#parts
    try {
      const parameter = await parameters.get(this.#parameterName)
      if (parameter) await this.#consider(parameter.value)
      await this.#save()
      if (!this.#reachable) log.info('the policy can be read again')
      this.#reachable = true
    } catch (cause) {
      if (cause instanceof PolicyRefused) this.#refuse(cause)
      else if (this.#reachable) log.warn({ err: cause }, 'the policy can not be refreshed; the one held goes on')
      this.#reachable = cause instanceof PolicyRefused
    } finally {
      this.looked = true
    }
    return pollSeconds * 1_000 * (0.8 + Math.random() * 0.4)
  }

  async #consider(text: string): Promise<void> {
    const judged = this.#judged?.manifest === text ? this.#judged : null
    // The manifest stays the same when a damaged object is put right: that is looked at again.
    if (judged && !judged.object) return
    const held = this.#held
    let object: Uint8Array | null = null
    try {
      const manifest = readManifest(text)
      const { version, sha256 } = manifest
      if (held && version < held.version) {
        throw new PolicyRefused(
          'older',
          version,
          `version ${version} is older than version ${held.version}, which is held`,
        )
      }
      if (held && version === held.version) {
        if (sha256 !== held.sha256) {
          throw new PolicyRefused('altered', version, `version ${version} has another content than the one held`)
        }
        this.#welcomeBack(held.version)
        return
      }
      const gzip = await this.#fetch(manifest.location)
      if (manifest.location.kind === 's3') object = gzip
      if (judged?.object && Buffer.compare(judged.object, gzip) === 0) return
      this.#enforce(manifest, { manifest: text, gzip }, true)
      this.#judged = null
    } catch (cause) {
      if (cause instanceof PolicyRefused) this.#judged = { manifest: text, object }
      throw cause
    }
  }

  /** The ring is told what is held. A refused version to come may come again and be right; a refused older one is history. */
  #welcomeBack(held: number): void {
    this.#judged = null
    if (this.refused && this.refused.version > held) this.refused = null
  }

  async #fetch(location: BundleLocation): Promise<Uint8Array> {
    if (location.kind === 'inline') return Buffer.from(location.gzipBase64, 'base64')
    const bytes = await this.#parts.objects.get(location.bucket, location.key)
    if (!bytes) throw new Error(`there is no s3://${location.bucket}/${location.key} yet`)
    return bytes
  }

  /** @throws PolicyRefused */
  #enforce(manifest: Manifest, saved: SavedPolicy, unsaved: boolean): void {
    const { clock, log, metrics, tenants, trust } = this.#parts
    const startedMs = clock.monotonicMs()
    const bundle = openBundle(manifest, saved.gzip, trust, this.#bundles)
    try {
      tenants.apply(compilePolicy(bundle, manifest.sha256, tenants.policy), clock.monotonicMs())
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      throw new PolicyRefused('bundle', bundle.version, `the label schema is wrong: ${cause.message}`, { cause })
    }
    const { version, sha256 } = manifest
    this.#held = { version, sha256, unsaved: unsaved ? saved : null }
    metrics.policyVersion.set(version)
    metrics.policyTimestamp.set(clock.epochMs() / 1_000)
    log.info({ version, sha256, tookMs: clock.monotonicMs() - startedMs }, 'enforcing a policy')
  }

  async #save(): Promise<void> {
    const held = this.#held
    if (!held?.unsaved) return
    await this.#parts.store.savePolicy(held.unsaved)
    held.unsaved = null
    this.#attest()
  }

  #attest(): void {
    const { clock, onChange } = this.#parts
    if (!this.#held) return
    const { version, sha256 } = this.#held
    this.applied = { version, sha256, appliedAt: new Date(clock.epochMs()).toISOString() }
    this.refused = null
    onChange()
  }

  #refuse(refusal: PolicyRefused): void {
    const { clock, log, metrics, onChange } = this.#parts
    const { version, reason, message } = refusal
    metrics.policyRefusals.inc({ reason })
    log.error({ version, reason, err: refusal }, 'a policy was refused')
    this.refused = { version, reason: message.slice(0, 300), at: new Date(clock.epochMs()).toISOString() }
    onChange()
  }
}

type PolicyParts = {
  ring: Ring
  trust: Trust
  pollSeconds: number
  parameters: Pick<ParameterStore, 'get'>
  objects: Pick<ObjectStore, 'get'>
  store: StateStore
  tenants: Tenants
  metrics: Metrics
  clock: Clock
  log: Logger
  /** A policy was applied or refused: the control plane should hear of it at once. */
  onChange: () => void
}
