import type { StatusKind } from '../../components/Status.tsx'
import { formatDuration } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type PolicyVersion = Outputs['policy']['versions']['items'][number]
type Propagation = PolicyVersion['propagation']

/** States in which a version no longer moves. */
const settled: readonly Propagation['state'][] = ['enforced', 'refused', 'superseded']
export const isMoving = (version: PolicyVersion): boolean => !settled.includes(version.propagation.state)

/** A few words for a row. The unfolded row says why a version is held. */
export function versionStateText(propagation: Propagation): { kind: StatusKind; text: string } {
  if (propagation.held && !settled.includes(propagation.state)) return { kind: 'warning', text: 'held' }
  switch (propagation.state) {
    case 'saved':
      return { kind: 'info', text: 'saved' }
    case 'compiled':
      return { kind: 'info', text: 'compiled' }
    case 'publishing':
      return {
        kind: 'info',
        text: `at the ${propagation.waves.findLast((wave) => wave.publishedMs !== null)?.ring} ring`,
      }
    case 'enforced':
      return { kind: 'good', text: 'enforced' }
    case 'refused':
      return { kind: 'bad', text: 'refused by a gateway' }
    case 'superseded':
      return { kind: 'quiet', text: 'overtaken by a newer version' }
  }
}

/**
 * One leg of a version's propagation: what happened at its end, and when, in milliseconds since the change was saved.
 */
export type Leg = { end: string; shade: number; fromMs: number; toMs: number }

/** The rings whose enforcement ends a leg: all but the last, which ends with every gateway. */
export const ringsBetween = (propagation: Propagation | undefined): string[] =>
  propagation?.waves.slice(0, -1).map((wave) => wave.ring) ?? []

/** The strength of a leg's colour, in percent: from light to full, in the order of the legs. */
export const legShade = (index: number, legs: number): number => 40 + (60 * index) / (legs - 1)

/** The legs that a version has completed, in order, without legs that were skipped (a ring without gateways). */
export function legsOf(propagation: Propagation): Leg[] {
  const ends: [end: string, ms: number | null][] = [
    ['compiled', propagation.compiledMs],
    ...propagation.waves
      .slice(0, -1)
      .map(({ ring, enforcedMs }): [string, number | null] => [`${ring} enforced`, enforcedMs]),
    ['every gateway enforced', propagation.enforcedMs],
  ]
  let fromMs = 0
  return ends.flatMap(([end, ms], index) => {
    if (ms === null) return []
    const leg = { end, shade: legShade(index, ends.length), fromMs, toMs: Math.max(fromMs, ms) }
    fromMs = leg.toMs
    return [leg]
  })
}

/** `compiled after 240 ms, canary enforced after 1.1 s, every gateway enforced after 2.9 s` */
export const legsText = (legs: readonly Leg[]): string =>
  legs.length === 0 ? 'not compiled yet' : legs.map((leg) => `${leg.end} after ${formatDuration(leg.toMs)}`).join(', ')

type Cause = PolicyVersion['causes'][number]

/** What a cause changed, in words before and after the tenant's id: *changed acme’s quota*. */
const causeWords = {
  quota: ['changed', '’s quota'],
  tenant: ['changed tenant', ''],
  reader: ['changed', '’s readers'],
} satisfies Record<Cause['kind'], [string, string]>

/** A cause in words, and the page of the tenant that shows the change. */
export function causeText({ kind, tenantId, revision }: Cause) {
  const [before, after] = causeWords[kind]
  const href = {
    quota: `/t/${tenantId}/quotas?open=${revision}#history`,
    tenant: `/tenants?tenant=${tenantId}`,
    reader: `/t/${tenantId}/readers`,
  }[kind]
  return {
    before,
    tenantId,
    after: revision === null ? after : `${after} (revision ${revision})`,
    href,
  }
}

/**
 * A shell command that checks a saved bundle.
 * @param name of the file, without `.json`
 * @param signature base64 DER
 */
export const checkCommand = (name: string, signature: string): string =>
  `echo '${signature}' | base64 -d > ${name}.sig
openssl dgst -sha256 -verify policy-public-key.pem -signature ${name}.sig ${name}.json`
