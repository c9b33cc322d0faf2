import type { FreezeWindow } from '@tickwatch/db'
import { windowState } from '../../shared/windowState.ts'
import type { FreezeView } from './freezeWindow.types.ts'

/** A longer one is a decision that somebody must look at again. */
export const daysMax = 90
const dayMs = 86_400_000

/** Why this can’t be a freeze window, as a sentence; null if it can. */
export function freezeFault(
  { startsAt, endsAt }: Pick<FreezeWindow, 'startsAt' | 'endsAt'>,
  nowMs: number,
): string | null {
  const [start, end] = [startsAt.getTime(), endsAt.getTime()]
  if (end <= start) return 'The window must end after it begins.'
  if (end <= nowMs) return 'The window would be over already. Choose an end that is to come.'
  return end - Math.max(start, nowMs) > daysMax * dayMs ? `A window lasts at most ${daysMax} days.` : null
}

export function freezeView(window: FreezeWindow, nowMs: number): FreezeView {
  const { startsAt, endsAt, until, createdAt, ended, ...rest } = window
  return {
    ...{ ...rest, state: windowState(window, nowMs) },
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    until: until.toISOString(),
    createdAt: createdAt.toISOString(),
    ended: ended && { ...ended, at: until.toISOString() },
  }
}
