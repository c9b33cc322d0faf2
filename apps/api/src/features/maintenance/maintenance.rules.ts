import type { Exclusion, RequestSubject } from '@tickwatch/db'
import { sampleAgeSecondsMax } from '@tickwatch/slo'
import { z } from 'zod'
import { hashOf, maintenanceKind } from '../slo/slo.rules.ts'

/** What is asked for. */
export type PlannedWindow = Omit<Exclusion, 'until'> & { endsAt: Date }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const daysMax = 7
const daysAheadMax = 90

/** Why a window can't be asked for, as a sentence; null if it can. */
export function planFault(window: PlannedWindow, nowMs: number): string | null {
  const [startMs, endMs] = [window.startsAt.getTime(), window.endsAt.getTime()]
  if (endMs <= startMs) return 'The window ends before it begins. Choose a later end.'
  if (endMs - startMs > daysMax * dayMs) return `A window lasts at most ${daysMax} days. Choose an earlier end.`
  if (startMs - nowMs > daysAheadMax * dayMs) return `A window begins at most ${daysAheadMax} days ahead.`
  const late = lateFault(window, nowMs)
  return late && `${late.charAt(0).toUpperCase()}${late.slice(1)} Choose later times.`
}

/**
 * Why a window may not be approved any more, as a sentence that begins in lower case; null if it may. Minutes are settled an
 * hour after their end, and nobody changes a budget that is settled.
 */
export function lateFault(
  { startsAt, endsAt }: Pick<PlannedWindow, 'startsAt' | 'endsAt'>,
  nowMs: number,
): string | null {
  if (endsAt.getTime() <= nowMs) return 'the window is over, and nobody excludes time that has passed.'
  if (nowMs - startsAt.getTime() > sampleAgeSecondsMax * 1_000)
    return `it began more than ${(sampleAgeSecondsMax * 1_000) / hourMs} h ago, and budgets of that time are settled.`
  return null
}

/** The subject of a request for this window, with the hash of exactly what is approved. */
export function subjectOf(id: string, { sloId, labels, startsAt, endsAt }: PlannedWindow): RequestSubject {
  const content = { sloId, labels, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() }
  return { kind: maintenanceKind, id, content, sha256: hashOf(content) }
}

const contentSchema = z.object({
  sloId: z.string().nullable(),
  labels: z.record(z.string(), z.string()).nullable(),
  startsAt: z.iso.datetime().transform((time) => new Date(time)),
  endsAt: z.iso.datetime().transform((time) => new Date(time)),
})

/** The window that a request is for. Null if this release can't read it, or if it is not what its hash says. */
export function plannedOf({ content, sha256 }: RequestSubject): PlannedWindow | null {
  if (hashOf(content) !== sha256) return null
  return contentSchema.safeParse(content).data ?? null
}
