import { type Bounds, changedBounds, type Envelope, type LimitName, limitNames } from '@tickwatch/policy'
import { z } from 'zod/mini'
import { formatInteger } from '../../lib/format.ts'
import { readLimitValue } from '../../lib/numberInput.ts'

/** One row of the editor: the texts in its two fields. If `own` is false, the platform decides every change. */
export type EnvelopeLine = { own: boolean; min: string; max: string }
export type EnvelopeLines = Record<LimitName, EnvelopeLine>

const limit = z.enum(limitNames as [LimitName, ...LimitName[]])
/** An edit of an envelope: the envelope that its author saw, and what the fields hold. */
export const editSchema = z.object({
  base: z.partialRecord(limit, z.object({ min: z.number(), max: z.number() })),
  lines: z.record(limit, z.object({ own: z.boolean(), min: z.string(), max: z.string() })),
  reason: z.string(),
})
export type EnvelopeEdit = { base: Envelope; lines: EnvelopeLines; reason: string }

export function linesOf(envelope: Envelope): EnvelopeLines {
  const lines = {} as EnvelopeLines
  for (const name of limitNames) {
    const bounds = envelope[name]
    lines[name] = bounds
      ? { own: true, min: formatInteger(bounds.min), max: formatInteger(bounds.max) }
      : { own: false, min: '', max: '' }
  }
  return lines
}

export const beginEdit = (base: Envelope): EnvelopeEdit => ({ base, lines: linesOf(base), reason: '' })

/** Why a field can't be sent; `true` if the other field of its row says it. */
type RowFault = { min: string | boolean | null; max: string | boolean | null }

/** How a row's two texts were read. Null: a text that can't be read. */
export function readLine(
  name: LimitName,
  line: EnvelopeLine,
): { min: number | null; max: number | null } & {
  fault: RowFault | null
} {
  const min = readLimitValue(name, line.min)
  const max = readLimitValue(name, line.max)
  const values = { min: min.value, max: max.value }
  if (min.value === null || max.value === null) return { ...values, fault: { min: min.fault, max: max.fault } }
  const crossed = min.value > max.value
  return { ...values, fault: crossed ? { min: 'The minimum is above the maximum.', max: true } : null }
}

/** The envelope of the rows, and what is wrong with them, limit by limit. */
export function readLines(lines: EnvelopeLines): { envelope: Envelope; faults: Partial<Record<LimitName, RowFault>> } {
  const envelope: Envelope = {}
  const faults: Partial<Record<LimitName, RowFault>> = {}
  for (const name of limitNames) {
    if (!lines[name].own) continue
    const { min, max, fault } = readLine(name, lines[name])
    if (fault) faults[name] = fault
    if (min !== null && max !== null) envelope[name] = { min, max }
  }
  return { envelope, faults }
}

/** The limits that `mine` changes of `base`, as `mine` has them; the others as `theirs`. */
export function onTopOf(theirs: Envelope, base: Envelope, mine: Envelope): Envelope {
  const merged = { ...theirs }
  for (const name of changedBounds(base, mine)) {
    const bounds = mine[name]
    if (bounds) merged[name] = bounds
    else delete merged[name]
  }
  return merged
}

type EnvelopeReading = EnvelopeEdit & {
  /** The envelope in the fields. */
  envelope: Envelope
  faults: Partial<Record<LimitName, RowFault>>
  /** The limits that the edit changes. */
  changed: LimitName[]
  /** The limits that another admin changed since the edit began. */
  theirs: LimitName[]
  /** The envelope to send. It keeps what another admin changed and this edit did not. */
  next: Envelope
  /** True if sending would change nothing. */
  inForce: boolean
}

/**
 * Compares an edit with the envelope in force, which another admin may have changed meanwhile. If the envelope in force
 * already has what the edit asks for (set by another admin, or by this edit when its answer was lost), the edit ends
 * and a new one begins.
 */
export function readEdit(edit: EnvelopeEdit, inForce: Envelope): EnvelopeReading {
  const { envelope, faults } = readLines(edit.lines)
  const theirs = changedBounds(edit.base, inForce)
  const next = onTopOf(inForce, edit.base, envelope)
  const isInForce = Object.keys(faults).length === 0 && changedBounds(inForce, next).length === 0
  if (theirs.length > 0 && isInForce) return readEdit(beginEdit(inForce), inForce)
  return { ...edit, envelope, faults, changed: changedBounds(edit.base, envelope), theirs, next, inForce: isInForce }
}

/** `1,000 to 80,000`, or that the platform decides. */
export const boundsText = (bounds: Bounds | undefined): string =>
  bounds ? `${formatInteger(bounds.min)} to ${formatInteger(bounds.max)}` : 'by approval only'
