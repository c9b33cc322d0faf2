import { createHash } from 'node:crypto'
import { definitionJson, type RequestSubject, type RuleNamespace } from '@tickwatch/db'
import { canonicalJson, type Json } from '@tickwatch/policy'
import { type Definition, storedDefinition, weakenings } from '@tickwatch/slo'

/** What a namespace of AMP holds at most. Few namespaces, because AMP's quota of them is small. */
export const namespaceMax = { slos: 60, bytes: 1_000_000 }
/** So that a namespace has room for more than a handful. */
export const sloBytesMax = 100_000

const prefix = 'tickwatch-slo-'
export const namespaceName = (namespace: number): string => `${prefix}${namespace}`
export const isOurs = (name: string): boolean => name.startsWith(prefix)

/** An SLO with the bytes of its rules and its namespace. */
export type Placed = { id: string; namespace: number; bytes: number }

/**
 * The namespace for the rules of an SLO: the one that it has, or else the first with room. It moves only if it must, because
 * a move interrupts its alerts.
 */
export function namespaceFor(id: string, bytes: number, placed: readonly Placed[]): number {
  const room = new Map<number, { slos: number; bytes: number }>()
  for (const other of placed) {
    if (other.id === id) continue
    const used = room.get(other.namespace) ?? { slos: 0, bytes: 0 }
    room.set(other.namespace, { slos: used.slos + 1, bytes: used.bytes + other.bytes })
  }
  const fits = (namespace: number) => {
    const used = room.get(namespace) ?? { slos: 0, bytes: 0 }
    return used.slos < namespaceMax.slos && used.bytes + bytes <= namespaceMax.bytes
  }
  const present = placed.find((slo) => slo.id === id)?.namespace
  if (present !== undefined && fits(present)) return present
  let namespace = 0
  while (!fits(namespace)) namespace += 1
  return namespace
}

/** How many rules of the workspace are not those of SLOs, as last seen. */
export const otherRules = (known: readonly RuleNamespace[]): number =>
  known.filter(({ name }) => !isOurs(name)).reduce((sum, { rules }) => sum + rules, 0)

/** A change of an SLO. `before` is null if it makes one, `after` if it deletes it. */
export type SloChange = {
  /** The version that it is based on; 0 if it makes the SLO. */
  baseVersion: number
  before: Definition | null
  after: Definition | null
  /** How it makes the SLO easier to meet or quieter, one sentence for each way. */
  weakenings: string[]
}

/** How a change weakens an SLO of the platform. If it does, another person must approve it. */
export function weakeningsOf(before: Definition | null, after: Definition | null): string[] {
  if (!before) return []
  return after ? weakenings(before, after) : ['The SLO is deleted: nothing is measured and no alert fires.']
}

export const requestKind = 'slo'
/** Of requests for maintenance windows. The same people may answer and withdraw those. */
export const maintenanceKind = 'maintenance'

/** The subject of a request for this change, with the hash of exactly what is approved. */
export function subjectOf(id: string, { baseVersion, before, after, weakenings }: SloChange): RequestSubject {
  const json = (definition: Definition | null) => definition && definitionJson(definition)
  const content = { baseVersion, before: json(before), after: json(after), weakenings }
  return { kind: requestKind, id, content, sha256: hashOf(content) }
}

/** The change that a request is for. Null if this release can't read it, or if it is not what its hash says. */
export function changeOf({ content, sha256 }: RequestSubject): SloChange | null {
  if (hashOf(content) !== sha256) return null
  const { baseVersion, before, after, weakenings } = Object(content)
  const [was, is] = [before, after].map((definition) => storedDefinition(definition))
  if (typeof baseVersion !== 'number' || !Array.isArray(weakenings)) return null
  if ((before !== null && !was) || (after !== null && !is)) return null
  return { baseVersion, before: was ?? null, after: is ?? null, weakenings: weakenings.map(String) }
}

export const hashOf = (content: Json) => createHash('sha256').update(canonicalJson(content)).digest('hex')
