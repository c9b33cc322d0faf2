import { formatDuration } from '../../lib/format.ts'

/** How late samples arrived, as a mean, and when that was. */
export type Lateness = { atMs: number; seconds: number }

/** Samples of a sender that does not wait arrive within a second or two. */
const lateSeconds = 5
/** The course of this time says how fast senders catch up. */
const watchedMs = 10_000
/** A shorter course says too little. */
const watchedMsMin = 3_000
/** In seconds of lateness per second. A slower course is no end to wait for. */
const speedMin = 0.1

/**
 * - `current`: samples arrive as they are measured.
 * - `unknown`: they are late, and not watched for long enough to say whether that falls.
 * - `behind`: they are late, and it does not fall.
 * - `catching-up`: it falls, and is gone after `forSeconds` at this speed.
 */
export type CatchUp =
  | { state: 'current' }
  | { state: 'unknown' | 'behind'; lateSeconds: number }
  | { state: 'catching-up'; lateSeconds: number; forSeconds: number }

/** Adds what the newest figures say. Only the newest time that counts is kept. */
export function watch(before: readonly Lateness[], { atMs, seconds }: { atMs: number; seconds: number | null }) {
  if (seconds === null) return []
  const kept = before.filter((one) => one.atMs < atMs && atMs - one.atMs <= watchedMs)
  return [...kept, { atMs, seconds }]
}

/** Whether senders work off a backlog, from how late their samples arrived in the last seconds, oldest first. */
export function catchUpOf(course: readonly Lateness[]): CatchUp {
  const [first, last] = [course[0], course.at(-1)]
  if (!first || !last || last.seconds < lateSeconds) return { state: 'current' }
  const late = { lateSeconds: last.seconds }
  if (last.atMs - first.atMs < watchedMsMin) return { state: 'unknown', ...late }
  const speed = (first.seconds - last.seconds) / ((last.atMs - first.atMs) / 1_000)
  if (speed < speedMin) return { state: 'behind', ...late }
  return { state: 'catching-up', ...late, forSeconds: last.seconds / speed }
}

/** The state in a sentence; null if samples arrive as they are measured. */
export function catchUpSentence(catchUp: CatchUp): string | null {
  if (catchUp.state === 'current') return null
  const late = `samples arrive ${formatDuration(Math.round(catchUp.lateSeconds) * 1_000)} late`
  if (catchUp.state !== 'catching-up') return `Senders keep a backlog: ${late}.`
  const left = formatDuration(Math.max(1, Math.round(catchUp.forSeconds)) * 1_000)
  return `Senders are catching up with their backlog, for about ${left} more: ${late}.`
}
