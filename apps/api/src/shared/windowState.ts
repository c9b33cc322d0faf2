/** `ended` and `cancelled`: by a person, after and before it began. */
export type WindowState = 'coming' | 'holds' | 'over' | 'ended' | 'cancelled'

/** Of a window that a person can end early. @param window its `until` is when it ended, or is to end */
export function windowState(
  { startsAt, until, ended }: { startsAt: Date; until: Date; ended: object | null },
  nowMs: number,
): WindowState {
  if (ended) return until <= startsAt ? 'cancelled' : 'ended'
  if (nowMs < startsAt.getTime()) return 'coming'
  return nowMs < until.getTime() ? 'holds' : 'over'
}
