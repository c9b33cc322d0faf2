import type { Exclusion, StoredSlo } from '@tickwatch/db'
import { type Definition, readDefinition, replay, type Step } from '@tickwatch/slo'
import type { z } from 'zod'
import { DomainError } from '../../shared/errors.ts'
import type { Answer } from '../../shared/storageAnswers.ts'
import { episodesView } from './slo.episodes.ts'
import { countedSteps, excludedSpans } from './slo.excluded.ts'
import { windowStart } from './slo.figures.ts'
import { budgetNow, longestSteps } from './slo.history.ts'
import type { ReplayView, WhatIfView, whatIfInput } from './slo.reads.types.ts'

/** The time that is replayed. */
const replayedSeconds = 30 * 86_400

/** @throws DomainError with each fault of the objective or the alerts */
export function draftOf(
  definition: Definition,
  { objective, alerting }: Pick<z.output<typeof whatIfInput>, 'objective' | 'alerting'>,
): Definition {
  const draft = readDefinition({ ...definition, objective, alerting })
  if (draft.definition) return draft.definition
  const details = draft.faults.map(({ path, message }) => ({ path: [...path], message }))
  throw new DomainError('invalid', 'slo-alerts-invalid', details.map(({ message }) => message).join(' '), { details })
}

/** From when the steps are needed to replay both definitions, and to count their budgets. */
export function replayFrom(definitions: readonly Definition[], asOfSeconds: number, stepSeconds: number): number {
  const starts = definitions.flatMap((of) => [
    windowStart(of.window, asOfSeconds, stepSeconds),
    asOfSeconds - replayedSeconds - longestSteps(of) * stepSeconds,
  ])
  return Math.min(...starts)
}

/**
 * What would have fired, and what would be left, with a definition as it is and with a draft of it. The rules do not know
 * maintenance windows, so alerts fire in them; budgets do not count that time.
 * @param groups the steps of each group that was read, by its key
 * @param of how many groups there are
 */
export function whatIfView(
  { id, definition }: StoredSlo,
  draft: Definition,
  groups: Answer<ReadonlyMap<string, readonly Step[]>>,
  of: number,
  maintenance: readonly Exclusion[],
  { asOfSeconds, stepSeconds }: { asOfSeconds: number; stepSeconds: number },
): WhatIfView {
  const span = { startSeconds: asOfSeconds - replayedSeconds, endSeconds: asOfSeconds }
  const steps = groups.value ?? new Map<string, readonly Step[]>()
  const budgeted = [...steps].map(([key, own]) => {
    const labels = Object.fromEntries(JSON.parse(key) as [string, string][])
    const excluded = excludedSpans(maintenance, id, labels, stepSeconds)
    return { counted: countedSteps(own, excluded, stepSeconds), excluded }
  })
  const isWhole = steps.size > 0 && steps.size === of
  const view = (policy: Definition): ReplayView => {
    // An SLO is blind if none of its groups has data, so that needs all of them.
    const episodes = replay(policy, steps, span, stepSeconds).filter(({ alert }) => alert !== 'blind' || isWhole)
    const left = budgeted.flatMap((own) => {
      const budget = budgetNow({ policy, ...own, asOfSeconds, stepSeconds })
      return budget.total > 0 ? [budget.leftRatio] : []
    })
    return {
      objective: policy.objective,
      alerting: policy.alerting,
      leftRatio: left.length > 0 ? Math.min(...left) : null,
      episodes: episodesView(episodes, asOfSeconds),
    }
  }
  return {
    from: new Date(span.startSeconds * 1_000).toISOString(),
    to: new Date(asOfSeconds * 1_000).toISOString(),
    groups: definition.groupBy.length === 0 ? null : { replayed: steps.size, of },
    asItIs: view(definition),
    instead: view(draft),
    missing: groups.missing,
  }
}
