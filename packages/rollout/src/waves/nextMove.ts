/**
 * Where a wave stands, as whoever judges it says: of an image its figures and Auto Scaling, of a policy version the gateways that attest
 * it. The order of the waves does not depend on the reasons, whatever they are.
 */
export type WaveStanding<Waits, Passed, Failed> =
  /** `held`: why it must not begin, even if the wave before it allows that. Null if nothing holds it. */
  { is: 'not begun'; held: Waits | null } | BegunStanding<Waits, Passed, Failed>

type BegunStanding<Waits, Passed, Failed> =
  /** From the time of the deadline it stands as `becomes` says, if nothing else is seen before. Null: it waits as long as it takes. */
  | {
      is: 'under way'
      waits: Waits
      deadline: { atMs: number; becomes: BegunStanding<Waits, Passed, Failed> } | null
    }
  | { is: 'passed'; because: Passed }
  | { is: 'failed'; failure: Failed }

export type Move<Waits, Passed, Failed> =
  /** `because`: why the wave before it has passed. Null of the first wave. */
  | { step: 'begin'; wave: number; because: Passed | null }
  | { step: 'wait'; waits: Waits }
  | { step: 'stop'; failure: Failed }
  /** Every wave has passed. */
  | { step: 'finish' }

/**
 * What the waves of a rollout do next: the one rule for images and for policy versions. A wave begins when the one before it has passed.
 * That one had begun for the same reason, so only the newest that has begun is asked. But each that has begun can fail, and then
 * no other begins.
 * @param waves in their order; those that have begun come first
 */
export function nextMove<Waits, Passed, Failed>(
  waves: readonly WaveStanding<Waits, Passed, Failed>[],
  nowMs: number,
): Move<Waits, Passed, Failed> {
  for (const wave of waves) if (wave.is === 'failed') return { step: 'stop', failure: wave.failure }
  const newest = waves.findLastIndex(({ is }) => is !== 'not begun')
  const now = standingAt(waves[newest], nowMs)
  if (now?.is === 'failed') return { step: 'stop', failure: now.failure }
  if (now?.is === 'under way') return { step: 'wait', waits: now.waits }
  const next = waves[newest + 1]
  if (!next) return { step: 'finish' }
  if (next.is === 'not begun' && next.held !== null) return { step: 'wait', waits: next.held }
  return { step: 'begin', wave: newest + 1, because: now?.is === 'passed' ? now.because : null }
}

/** After the deadlines that have come. */
function standingAt<Waits, Passed, Failed>(
  standing: WaveStanding<Waits, Passed, Failed> | undefined,
  nowMs: number,
): WaveStanding<Waits, Passed, Failed> | undefined {
  let now = standing
  while (now?.is === 'under way' && now.deadline !== null && nowMs >= now.deadline.atMs) now = now.deadline.becomes
  return now
}
