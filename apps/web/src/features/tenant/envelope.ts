import {
  type Bounds,
  changedBounds,
  type Envelope,
  envelopeFaults,
  type LimitName,
  limitDefinitions,
  limitNames,
} from '@tickwatch/policy'
import { formatInteger } from '../../lib/format.ts'

/** One line of the editor: its two fields. If `own` is false, the platform decides every change. */
export type EnvelopeLine = { own: boolean; min: number | null; max: number | null }
export type EnvelopeDraft = Record<LimitName, EnvelopeLine>

export function draftOf(envelope: Envelope): EnvelopeDraft {
  const draft = {} as EnvelopeDraft
  for (const name of limitNames) {
    const bounds = envelope[name]
    draft[name] = bounds ? { own: true, ...bounds } : { own: false, min: null, max: null }
  }
  return draft
}

/** The envelope of a draft, and what is wrong with it, limit by limit. */
export function readDraft(draft: EnvelopeDraft): { envelope: Envelope; faults: Partial<Record<LimitName, string>> } {
  const envelope: Envelope = {}
  const faults: Partial<Record<LimitName, string>> = {}
  for (const name of limitNames) {
    const { own, min, max } = draft[name]
    if (!own) continue
    if (min === null || max === null) faults[name] = 'Enter a minimum and a maximum.'
    else {
      const fault = envelopeFaults({ [name]: { min, max } })[0]
      if (fault) faults[name] = faultText(name, { min, max })
      envelope[name] = { min, max }
    }
  }
  return { envelope, faults }
}

/** The fault that `packages/policy` found, in the words of the form. */
function faultText(name: LimitName, { min, max }: Bounds): string {
  const { unit, ...carried } = limitDefinitions[name]
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return 'Enter whole numbers.'
  if (min > max) return 'The minimum is above the maximum.'
  return `Enter ${formatInteger(carried.min)} to ${formatInteger(carried.max)} ${unit}.`
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

/**
 * An edit of an envelope: the envelope that its author saw, the present fields, and whether the author tried to send
 * it.
 */
export type EnvelopeEdit = { base: Envelope; lines: EnvelopeDraft; tried: boolean }

export const beginEdit = (base: Envelope): EnvelopeEdit => ({ base, lines: draftOf(base), tried: false })

type EnvelopeReading = EnvelopeEdit & {
  /** The envelope in the fields. */
  envelope: Envelope
  faults: Partial<Record<LimitName, string>>
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
  const { envelope, faults } = readDraft(edit.lines)
  const theirs = changedBounds(edit.base, inForce)
  const next = onTopOf(inForce, edit.base, envelope)
  const isInForce = Object.keys(faults).length === 0 && changedBounds(inForce, next).length === 0
  if (theirs.length > 0 && isInForce) return readEdit(beginEdit(inForce), inForce)
  return { ...edit, envelope, faults, changed: changedBounds(edit.base, envelope), theirs, next, inForce: isInForce }
}
