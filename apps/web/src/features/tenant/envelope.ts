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

/** One line of the editor: what stands in its two fields. `own` off means the platform decides every change. */
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

/** The envelope that a draft asks for, or what is wrong with it, limit by limit. */
export function readDraft(draft: EnvelopeDraft): { envelope: Envelope; faults: Partial<Record<LimitName, string>> } {
  const envelope: Envelope = {}
  const faults: Partial<Record<LimitName, string>> = {}
  for (const name of limitNames) {
    const { own, min, max } = draft[name]
    if (!own) continue
    if (min === null || max === null) faults[name] = 'Give both the least and the most.'
    else {
      const fault = envelopeFaults({ [name]: { min, max } })[0]
      if (fault) faults[name] = faultText(name, { min, max })
      envelope[name] = { min, max }
    }
  }
  return { envelope, faults }
}

/** The same verdict as the domain's, in the words of the form. */
function faultText(name: LimitName, { min, max }: Bounds): string {
  const { unit, ...carried } = limitDefinitions[name]
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return 'Whole numbers only.'
  if (min > max) return 'The least is more than the most.'
  return `The platform carries ${formatInteger(carried.min)} to ${formatInteger(carried.max)} ${unit}.`
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

/** An edit of an envelope: the one that its author saw, what the fields hold now, and whether they tried to send it. */
export type EnvelopeEdit = { base: Envelope; lines: EnvelopeDraft; tried: boolean }

export const beginEdit = (base: Envelope): EnvelopeEdit => ({ base, lines: draftOf(base), tried: false })

type EnvelopeReading = EnvelopeEdit & {
  /** What the fields ask for. */
  envelope: Envelope
  faults: Partial<Record<LimitName, string>>
  /** The limits that the edit changes. */
  changed: LimitName[]
  /** The limits that another admin changed since the edit began. */
  theirs: LimitName[]
  /** The envelope to send: what another admin changed and this edit leaves alone stays theirs. */
  next: Envelope
  /** Nothing would change. */
  inForce: boolean
}

/**
 * What an edit means beside the envelope that is in force, which another admin may have changed meanwhile. An edit that
 * another envelope brought into force (or its own, when the answer was lost) is over: a new one begins there.
 */
export function readEdit(edit: EnvelopeEdit, inForce: Envelope): EnvelopeReading {
  const { envelope, faults } = readDraft(edit.lines)
  const theirs = changedBounds(edit.base, inForce)
  const next = onTopOf(inForce, edit.base, envelope)
  const isInForce = Object.keys(faults).length === 0 && changedBounds(inForce, next).length === 0
  if (theirs.length > 0 && isInForce) return readEdit(beginEdit(inForce), inForce)
  return { ...edit, envelope, faults, changed: changedBounds(edit.base, envelope), theirs, next, inForce: isInForce }
}
