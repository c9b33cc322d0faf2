import type { Fault, FileFault } from '@tickwatch/slo'
import { DomainError } from '../../shared/errors.ts'
import type { RuleCount } from './slo.types.ts'

export const definitionInvalid = (faults: readonly Fault[]) =>
  new DomainError(
    'invalid',
    'slo-invalid',
    faults.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join(' '),
    { details: faults },
  )

/** Names the line and the field of each fault. */
export const openSloInvalid = (faults: readonly FileFault[]) =>
  new DomainError(
    'invalid',
    'openslo-invalid',
    faults.map(({ line, field, message }) => `Line ${line}${field === '' ? '' : `, ${field}`}: ${message}`).join('\n'),
    { details: faults },
  )

/** @param now the present version; null if the SLO is deleted */
export const sloChanged = (id: string, now: { version: number; by: string } | null, baseVersion: number) =>
  new DomainError(
    'conflict',
    'slo-conflict',
    now === null
      ? `There is no SLO ${id} any more: someone deleted it. Reload the list.`
      : baseVersion === 0
        ? `There is an SLO ${id} already. Choose another id, or edit that SLO.`
        : `${now.by} changed this SLO while you edited it: it is at version ${now.version} now. Reload it.`,
    { details: { version: now?.version ?? null } },
  )

export const sloUnreadable = (id: string) =>
  new DomainError(
    'conflict',
    'slo-unreadable',
    `A newer release saved the SLO ${id} in a form that this one can’t read. Change it with that release.`,
  )

/** @param why one fault for each field, or why nobody knows */
export const withoutPreview = (why: readonly Fault[]) =>
  new DomainError(
    'conflict',
    'slo-without-preview',
    `${why.map(({ message }) => message).join(' ')} If it is to be so, save it without a preview.`,
    { details: why },
  )

/** The definition or the caller's roles may be other than those that are known. */
export const databaseAway = () =>
  new DomainError(
    'unavailable',
    'database-unavailable',
    'The control plane’s database does not answer, so it is unknown whether this exists and whether you may see it.',
  )

export const nothingChanges = () =>
  new DomainError('invalid', 'nothing-changes', 'The SLO is defined like this already. Change something.')

export const tooManyRules = (rulesAfter: number, { slos, others, max }: RuleCount) =>
  new DomainError(
    'conflict',
    'rules-full',
    `The workspace would have ${rulesAfter} rules, and may have at most ${max}: the SLOs have ${slos} now, and other rules are ${others}. Delete an SLO, group several into one, or raise AMP’s quota and AMP_RULES_MAX.`,
    { details: { rulesAfter, rulesMax: max } },
  )

export const rulesTooLong = (bytes: number, bytesMax: number) =>
  new DomainError(
    'invalid',
    'rules-too-long',
    `The rules of this SLO would have ${bytes} bytes, and may have at most ${bytesMax}. Use shorter selectors or fewer alerts.`,
  )

export const requestAltered = () =>
  new DomainError(
    'conflict',
    'request-altered',
    'This request can’t be approved: this release can’t read it, or it is not what was asked. Decline it and ask again.',
  )
