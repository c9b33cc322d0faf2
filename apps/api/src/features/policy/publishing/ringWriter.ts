import { createHash } from 'node:crypto'
import { type ParameterStore, ParameterVersionsJammed } from '@tickwatch/aws'
import { auditLog } from '@tickwatch/db'
import { ManifestError, manifestParameterName, parseManifest, type Ring } from '@tickwatch/policy'
import { systemEvent } from '../../../shared/auditEvents.ts'
import type { Lease } from '../../../workers/lease.ts'

/** Writes rings' manifests to SSM. The caller holds the lease `publishing`. */
export type RingWriter = {
  get(lease: Lease, ring: Ring): Promise<{ value: string; version: number } | null>
  /**
   * Writes `manifest` to a ring's parameter and moves the label `current` to it. It skips what is already done, so it
   * may be called again after a crash at any point.
   * @returns SSM's version of the parameter.
   */
  write(lease: Lease, ring: Ring, manifest: string): Promise<number>
  /** Moves the label `last-good` to a version of the ring's parameter. */
  labelLastGood(lease: Lease, ring: Ring, parameterVersion: number): Promise<void>
}

export function createRingWriter(parameters: ParameterStore, environment: string): RingWriter {
  const nameOf = (ring: Ring) => manifestParameterName(environment, ring)

  /**
   * SSM deletes the oldest of 100 versions at each put, and refuses the put if that version has a label. So both labels
   * move to the newest version first.
   */
  async function putPastJam(lease: Lease, ring: Ring, value: string, jam: ParameterVersionsJammed): Promise<number> {
    const name = nameOf(ring)
    const newest = await parameters.get(name, lease.check())
    if (!newest) throw jam
    await parameters.label(name, newest.version, ['current', 'last-good'], lease.check())
    const { version } = await parameters.put(name, value, lease.check())
    const after = { labels: ['current', 'last-good'], parameterVersion: newest.version }
    await lease.write((tx) =>
      auditLog.append(tx, systemEvent('publisher', { action: 'policy.labels.moved', target: name, after })),
    )
    return version
  }

  async function put(lease: Lease, ring: Ring, value: string): Promise<number> {
    try {
      return (await parameters.put(nameOf(ring), value, lease.check())).version
    } catch (error) {
      if (error instanceof ParameterVersionsJammed) return putPastJam(lease, ring, value, error)
      throw error
    }
  }

  return {
    get: (lease, ring) => parameters.get(nameOf(ring), lease.check()),
    async write(lease, ring, manifest) {
      const present = await parameters.get(nameOf(ring), lease.check())
      const version = present?.value === manifest ? present.version : await put(lease, ring, manifest)
      await parameters.label(nameOf(ring), version, ['current'], lease.check())
      return version
    },
    labelLastGood: (lease, ring, parameterVersion) =>
      parameters.label(nameOf(ring), parameterVersion, ['last-good'], lease.check()),
  }
}

/** A parameter in few words, for the audit log. The text itself is left out: someone may have typed anything. */
export function describeManifest(parameter: { value: string; version: number } | null) {
  if (!parameter) return null
  const parameterVersion = parameter.version
  try {
    const { version, sha256 } = parseManifest(parameter.value)
    return { parameterVersion, version, sha256 }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const textSha256 = createHash('sha256').update(parameter.value).digest('hex')
    return { parameterVersion, fault: error.message, textSha256 }
  }
}
