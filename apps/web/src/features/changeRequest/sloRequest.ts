import { aboutWords, lengthWords } from '../maintenance/maintenance.ts'
import { imageWords } from '../rollout/rollouts.ts'
import type { ChangeRequest } from './request.ts'
import { changesText } from './request.ts'

/** What a request asks for, in one line. */
export function askedText({
  kind = 'quota',
  slo = null,
  maintenance = null,
  rollout = null,
  changes,
}: Pick<ChangeRequest, 'changes'> & Partial<Pick<ChangeRequest, 'kind' | 'slo' | 'maintenance' | 'rollout'>>): string {
  if (kind === 'quota') return changesText(changes)
  if (maintenance) return `maintenance window of ${aboutWords(maintenance)}, for ${lengthWords(maintenance)}`
  if (rollout) return `rollout ${rollout.number} of ${imageWords(rollout.image)} in ${rollout.environment}`
  if (!slo) return 'a change that this release can’t read'
  const [first, ...others] = slo.weakenings
  const text = `SLO ${slo.sloId}: ${first ?? 'a change'}`
  return others.length === 0 ? text : `${text} And ${others.length} more.`
}

/** A field of a definition that changes. A value is text; null if the definition does not have the field. */
export type FieldChange = { field: string; before: string | null; after: string | null }

/** The fields of two definitions that differ, by their paths, in the order of the first one. */
export function changedFields(before: object | null, after: object | null): FieldChange[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((field) => {
    const change = { field, before: was.get(field) ?? null, after: is.get(field) ?? null }
    return change.before === change.after ? [] : [change]
  })
}

function fieldsOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null)
    return new Map(value === null && path === '' ? [] : [[path, `${value}`]])
  return new Map(
    Object.entries(value).flatMap(([name, part]) =>
      part === undefined ? [] : [...fieldsOf(part, path === '' ? name : `${path}.${name}`)],
    ),
  )
}
