import { formatDuration } from '../../lib/format.ts'

/** How late samples arrived, as a mean, when that was, and whether senders were told to come back. */
export type Lateness = { atMs: number; seconds: number; refused: boolean }

/** Samples of senders without a backlog arrive within a second, or within a few if the sender collects them. */
const lateSeconds = { refused: 1, notRefused: 5 }
/** The course of this time says how fast senders catch up, and at least this much of it is needed. */
const watchedMs = 10_000
const watchedMsMin = 5_000
/** In seconds of lateness per second. A slower course may be chance. */
const speedMin = 0.12
/** What lateness falls by chance, while senders are as far behind as ever: a part of it, at most these seconds. */
const chance = { part: 0.15, secondsMax: 1.5 }

/**
 * - `current`: samples arrive as they are measured.
 * - `unknown`: they are late, and not watched for long enough to say whether that falls.
 * - `behind`: they are late, and it does not fall.
 * - `catching-up`: it falls, and is gone after `forSeconds` at this speed.
 * - `caught-up`: they were late a moment ago. Some of the refusals of that time still count as refusals now.
 */
export type CatchUp =
  | { state: 'current' | 'caught-up' }
  | { state: 'unknown' | 'behind'; lateSeconds: number }
  | { state: 'catching-up'; lateSeconds: number; forSeconds: number }

/** Adds what the newest figures say, and keeps only what is recent enough. */
export function watch(
  before: readonly Lateness[],
  { atMs, seconds, refused }: { atMs: number; seconds: number | null; refused: boolean },
): Lateness[] {
  if (seconds === null) return []
  const kept = before.filter((one) => one.atMs < atMs && atMs - one.atMs <= watchedMs)
  return [...kept, { atMs, seconds, refused }]
}

/** Whether senders work off a backlog, from how late their samples arrived in the last seconds, oldest first. */
export function catchUpOf(course: readonly Lateness[]): CatchUp {
  const last = course.at(-1)
  if (!last) return { state: 'current' }
  const wasRefused = course.some(({ refused }) => refused)
  const isLate = last.seconds >= (wasRefused ? lateSeconds.refused : lateSeconds.notRefused)
  const late = { lateSeconds: last.seconds }
  const starts = course.filter(({ atMs }) => last.atMs - atMs >= watchedMsMin)
  if (starts.length === 0) return isLate ? { state: 'unknown', ...late } : { state: 'current' }
  // The limit may have been raised in these seconds, so the steepest fall counts.
  const speeds = starts
    .filter(({ seconds }) => seconds - last.seconds >= Math.min(chance.part * seconds, chance.secondsMax))
    .map(({ atMs, seconds }) => (seconds - last.seconds) / ((last.atMs - atMs) / 1_000))
  const speed = Math.max(0, ...speeds)
  const falls = speed >= speedMin
  if (!isLate) return { state: falls && wasRefused ? 'caught-up' : 'current' }
  return falls ? { state: 'catching-up', ...late, forSeconds: last.seconds / speed } : { state: 'behind', ...late }
}

/** Whether senders get over their refusals without help. */
export const passes = ({ state }: CatchUp): boolean => state === 'catching-up' || state === 'caught-up'

/** The state in a sentence; null if samples arrive as they are measured. */
export function catchUpSentence(catchUp: CatchUp): string | null {
  switch (catchUp.state) {
    case 'current':
      return null
    case 'caught-up':
      return 'Senders have caught up with their backlog.'
    case 'catching-up': {
      const left = seconds(Math.max(1, catchUp.forSeconds))
      return `Senders are catching up with their backlog, for about ${left} more: samples arrive ${seconds(catchUp.lateSeconds)} late.`
    }
    default:
      return `Senders keep a backlog: samples arrive ${seconds(catchUp.lateSeconds)} late.`
  }
}

const seconds = (value: number) => formatDuration(Math.round(value) * 1_000)
