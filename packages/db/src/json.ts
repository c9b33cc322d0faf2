import {
  type Bounds,
  type Envelope,
  type HeartbeatTenant,
  isLimitName,
  type LimitChange,
  type Limits,
  type OutsideEnvelope,
  unreadReasons,
} from '@tickwatch/policy'

/** The person who did something: the token's `sub`, and the name at that time. */
export type Person = { subject: string; name: string }

type Members = { [member: string]: unknown }
const members = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}

// This room wrote the columns. A limit that a later version dropped is skipped, so that old rows stay readable.

export function limitsOf(column: unknown): Limits {
  const limits: Limits = {}
  for (const [name, value] of Object.entries(members(column))) {
    if (isLimitName(name) && (typeof value === 'number' || value === null)) limits[name] = value
  }
  return limits
}

export function envelopeOf(column: unknown): Envelope {
  const envelope: Envelope = {}
  for (const [name, value] of Object.entries(members(column))) {
    const bounds = boundsOf(value)
    if (isLimitName(name) && bounds) envelope[name] = bounds
  }
  return envelope
}

/** Who suspended a tenant, why and when. */
export type Suspension = { by: Person; reason: string; at: Date }

export function suspensionOf(column: unknown): Suspension | null {
  const { by, reason, at } = members(column)
  const { subject, name } = members(by)
  if (typeof subject !== 'string' || typeof name !== 'string' || typeof reason !== 'string' || typeof at !== 'string')
    return null
  return { by: { subject, name }, reason, at: new Date(at) }
}

/** Texts by name, such as the labels of an alert. */
export function textsOf(column: unknown): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(members(column))) if (typeof value === 'string') texts[name] = value
  return texts
}

/** The change that is suspected of an incident, and why. */
export function suspectOf(column: unknown): { change: string; why: string } | null {
  const { change, why } = members(column)
  return typeof change === 'string' && typeof why === 'string' ? { change, why } : null
}

export function changesOf(column: unknown): LimitChange[] {
  return list(column).flatMap(({ limit, from, to }) =>
    typeof limit === 'string' && isLimitName(limit) && typeof from === 'number' && typeof to === 'number'
      ? [{ limit, from, to }]
      : [],
  )
}

export function outsideOf(column: unknown): OutsideEnvelope[] {
  return list(column).flatMap(({ limit, value, bounds }) =>
    typeof limit === 'string' && isLimitName(limit) && typeof value === 'number'
      ? [{ limit, value, bounds: boundsOf(bounds) }]
      : [],
  )
}

/** Figures by name, such as refused samples per second by reason. */
export function figuresOf(column: unknown): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const [name, value] of Object.entries(members(column))) if (typeof value === 'number') figures[name] = value
  return figures
}

/** The sums of several columns of figures, by name. */
function sumOfFigures(columns: readonly unknown[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, value] of columns.flatMap((column) => Object.entries(figuresOf(column)))) {
    sums[name] = (sums[name] ?? 0) + value
  }
  return sums
}

/** Refused per second, by reason. */
export type Refusals = {
  /** Samples, or requests of the reasons that are given before a request is read. */
  refusedByReason: Record<string, number>
  refusedQueriesByReason: Record<string, number>
}

/** Before the reason of a refused query: samples have some of the same reasons, and both are in one column. */
export const ofQuery = 'query:'

export const refusalsColumn = (
  refused: Pick<HeartbeatTenant, 'refusedPerSecond' | 'refusedQueriesPerSecond'>,
): Record<string, number> => ({
  ...refused.refusedPerSecond,
  ...Object.fromEntries(
    Object.entries(refused.refusedQueriesPerSecond ?? {}).map(([reason, rate]) => [`${ofQuery}${reason}`, rate]),
  ),
})

/** Without the reasons that count requests. */
export const refusedSamples = (refusedPerSecond: Record<string, number>): number =>
  Object.entries(refusedPerSecond)
    .filter(([reason]) => ![...unreadReasons].some((unread) => unread === reason))
    .reduce((total, [, rate]) => total + rate, 0)

/** The sums of several columns of refusals. */
export function refusalsOf(columns: readonly unknown[]): Refusals {
  const refusals: Refusals = { refusedByReason: {}, refusedQueriesByReason: {} }
  for (const [name, value] of Object.entries(sumOfFigures(columns))) {
    if (name.startsWith(ofQuery)) refusals.refusedQueriesByReason[name.slice(ofQuery.length)] = value
    else refusals.refusedByReason[name] = value
  }
  return refusals
}

const list = (column: unknown): Members[] => (Array.isArray(column) ? column.map(members) : [])

function boundsOf(value: unknown): Bounds | null {
  const { min, max } = members(value)
  return typeof min === 'number' && typeof max === 'number' ? { min, max } : null
}

export const versionOf = (column: bigint | null): number | null => (column === null ? null : Number(column))
