import { platformState } from './platform.ts'
import { type Caller, until } from './portal.ts'

/** The part of `gateway.fleet` that the tests read. */
export type Fleet = {
  gateways: {
    gatewayId: string
    ring: string
    appliedVersion: number | null
    desiredVersion: number | null
    policyState: { state: string; reason?: string }
  }[]
}
export type Quota = {
  revision: number
  resolved: Record<string, number>
  envelope: Record<string, { min: number; max: number }>
}
export type Propagation = { version: number | null; state: string; enforcedMs: number | null; held: string | null }

export const fleetOf = (platform: Caller) => platform.query<Fleet>('gateway.fleet')

/** The portal's text when all gateways of the last wave enforce a version. */
export const fleetEnforces = /^Fleet enforces ([1-9]\d*) of \1\b/

/** Waits until every gateway enforces the version of its ring's manifest, `atLeast` this one. */
export const inSync = (platform: Caller, atLeast = 0, timeout = 30_000) =>
  until(
    `all gateways in sync at version ${atLeast} or newer`,
    () => fleetOf(platform),
    ({ gateways }) =>
      gateways.length === platformState().addresses.gateways.length &&
      gateways.every((g) => g.policyState.state === 'in-sync' && (g.appliedVersion ?? 0) >= atLeast),
    timeout,
  )

/** Waits until a gateway is in this policy state. */
export const drifting = (platform: Caller, gatewayId: string, state: string) =>
  until(
    `${gatewayId} is ${state}`,
    () => fleetOf(platform),
    ({ gateways }) => gateways.some((g) => g.gatewayId === gatewayId && g.policyState.state === state),
    30_000,
  )

/** Proposes new limits on top of the present ones. @returns the revision */
export async function propose(tenant: Caller, limits: Record<string, number>, reason: string): Promise<number> {
  const { revision: baseRevision } = await tenant.query<Quota>('quota.current')
  const result = await tenant.mutate<{ outcome: string; revision: number }>('quota.propose', {
    limits,
    reason,
    baseRevision,
  })
  if (result.outcome !== 'applied') throw new Error(`expected to be applied, was ${JSON.stringify(result)}`)
  return result.revision
}

/** Gives acme back the limit that it starts with, so that the next test finds it unchanged. */
export const backToNormal = async (acme: Caller) =>
  enforced(acme, await propose(acme, { 'ingest.samplesPerSecond': 2_000 }, 'Back to normal'))

/** Waits until every gateway enforces a revision. */
export const enforced = (tenant: Caller, revision: number, timeout = 30_000) =>
  until(
    `revision ${revision} enforced by every gateway`,
    () => tenant.query<Propagation>('policy.propagation', { revision }),
    (propagation) => propagation.state === 'enforced',
    timeout,
  )
