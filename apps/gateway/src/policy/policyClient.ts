import type { ObjectStore, ParameterStore } from '@tickwatch/aws'
import {
  type BundleLocation,
  BundleReader,
  type Heartbeat,
  heartbeatCharactersMax,
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

/** After a hint SSM is read every 250 ms until it has that version, for at most 5 s: SSM may lag, or the hint be wrong. */
const hintGapMs = 250
const hintFollowedMs = 5_000

/**
 * Keeps the tenants on the newest policy of the gateway's ring: reads the manifest from SSM, verifies, compiles, swaps,
 * saves, and only then attests. After any failure it keeps enforcing the current policy.
 */
export class PolicyClient {
  /** The version that is both enforced and on disk. The heartbeat attests it. */
  applied: Heartbeat['applied'] = null
  refused: Heartbeat['refused'] = null
  /** The enforced version, while it can't be saved. */
  unsaved: NonNullable<Heartbeat['unsaved']> | null = null
  /** True after the first request to SSM, answered or not: from then on we hold the newest policy that we can get. */
  looked = false
  readonly #parameterName: string
  readonly #parts: PolicyParts
  readonly #poll: Repeater
  /** The enforced version. `unsaved` is kept until it is on disk, so that saving is retried when the disk was full. */
  #held: { version: number; sha256: string; unsaved: SavedPolicy | null } | null = null
  /** The last refused manifest, and its bundle if that came from S3, so that it is not judged again at every poll. */
  #judged: { manifest: string; object: Uint8Array | null } | null = null
  readonly #bundles = new BundleReader()
  #hinted = { version: 0, firstAtMs: 0 }
  #reachable = true

  constructor(parts: PolicyParts) {
    this.#parts = parts
    this.#parameterName = manifestParameterName(parts.trust.environment, parts.ring)
    this.#poll = new Repeater(() => this.#refresh())
  }

  /** Enforces the policy on disk. It is verified like one from outside. */
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
      else log.error({ err: cause }, 'the policy on disk cannot be read')
    }
  }

  start(): void {
    this.#poll.soon(0)
  }

  stop(): Promise<void> {
    return this.#poll.stop()
  }

  /** The control plane says that this version was published to the ring. Reads SSM at once. */
  hint(version: number | null): void {
    if (version === null || version <= (this.#held?.version ?? 0) || version === this.#hinted.version) return
    this.#hinted = { version, firstAtMs: this.#parts.clock.monotonicMs() }
    this.#poll.soon(0)
  }

  /** Whether SSM should have a version by now that this gateway neither holds nor refused. */
  #followsHint(): boolean {
    const { version, firstAtMs } = this.#hinted
    const settled = Math.max(this.#held?.version ?? 0, this.refused?.version ?? 0) >= version
    return !settled && this.#parts.clock.monotonicMs() - firstAtMs < hintFollowedMs
  }

  /**
   * Reads SSM once.
   * @returns milliseconds until the next read: the poll interval ± 20 %, so that a fleet does not poll in step, or less
   *   while a hint is followed.
   */
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
      else if (this.#reachable)
        log.warn({ err: cause }, 'the policy cannot be refreshed; the current one stays enforced')
      this.#reachable = cause instanceof PolicyRefused
    } finally {
      this.looked = true
    }
    return this.#followsHint() ? hintGapMs : pollSeconds * 1_000 * (0.8 + Math.random() * 0.4)
  }

  async #consider(text: string): Promise<void> {
    const judged = this.#judged?.manifest === text ? this.#judged : null
    // If a damaged S3 object is repaired, its manifest stays the same. So read the object again.
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
          `version ${version} is older than the enforced version ${held.version}`,
        )
      }
      if (held && version === held.version) {
        if (sha256 !== held.sha256) {
          throw new PolicyRefused(
            'altered',
            version,
            `version ${version} has other content than the enforced version ${version}`,
          )
        }
        this.#forgetNewerRefusal(held.version)
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

  /** The manifest names the version we hold. Forget the refusal of a newer version: it may be republished correctly. */
  #forgetNewerRefusal(held: number): void {
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
    try {
      await this.#parts.store.savePolicy(held.unsaved)
    } catch (cause) {
      this.#reportUnsaved(held.version, cause)
      return
    }
    held.unsaved = null
    this.#attest()
  }

  /** Saving is retried at each poll; only the first failure of a version and a new reason are reported. */
  #reportUnsaved(version: number, cause: unknown): void {
    const { clock, log, onChange } = this.#parts
    const reason = (cause instanceof Error ? cause.message : String(cause)).slice(
      0,
      heartbeatCharactersMax.unsavedReason,
    )
    if (this.unsaved?.version === version && this.unsaved.reason === reason) return
    log.error({ version, err: cause }, 'a policy is enforced but cannot be saved, so it is not attested')
    this.unsaved = { version, reason, at: new Date(clock.epochMs()).toISOString() }
    onChange()
  }

  #attest(): void {
    const { clock, onChange } = this.#parts
    if (!this.#held) return
    const { version, sha256 } = this.#held
    this.applied = { version, sha256, appliedAt: new Date(clock.epochMs()).toISOString() }
    this.refused = null
    this.unsaved = null
    onChange()
  }

  #refuse(refusal: PolicyRefused): void {
    const { clock, log, metrics, onChange } = this.#parts
    const { version, reason, message } = refusal
    metrics.policyRefusals.inc({ reason })
    log.error({ version, reason, err: refusal }, 'a policy was refused')
    this.refused = {
      version,
      reason: message.slice(0, heartbeatCharactersMax.refusalReason),
      at: new Date(clock.epochMs()).toISOString(),
    }
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
  /** Called when a policy was applied or refused, so that the control plane learns it at once. */
  onChange: () => void
}
