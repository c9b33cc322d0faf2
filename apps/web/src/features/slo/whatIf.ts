import { formatDuration } from '../../lib/format.ts'
import { either } from '../../lib/words.ts'
import { severityWords, timesWords } from './alerts.ts'
import { objectiveWords, partWords, type SloView, type WhatIf } from './words.ts'

type Definition = SloView['definition']
export type Alerting = {
  burns: { severity: 'page' | 'ticket'; factor: number; longMinutes: number; shortMinutes: number }[]
  badEventsMin: number
}
/** What a person typed. An alert whose factor is empty is left out. */
export type Texts = { objective: string; factors: string[]; badEventsMin: string }
export type Draft = { objective: number; alerting: Alerting }

export const textsOf = ({ objective, alerting }: Definition): Texts => ({
  objective: `${Number((objective * 100).toPrecision(10))}`,
  factors: alerting.burns.map(({ factor }) => `${factor}`),
  badEventsMin: `${alerting.badEventsMin}`,
})

/** A number with a point, as `99.95`; null for anything else. People of different countries read `99,5` differently. */
export function readNumber(text: string): number | null {
  const typed = text.trim()
  return /^\d+(\.\d+)?$/.test(typed) && typed.length <= 20 ? Number(typed) : null
}

export type Faults = { objective: string | null; factors: (string | null)[]; badEventsMin: string | null }

/** The draft, or why the texts are none. What it must be beyond numbers, the API says. */
export function readDraft(texts: Texts, { alerting }: Definition): { draft: Draft | null; faults: Faults } {
  const percent = readNumber(texts.objective)
  const factors = texts.factors.map((text) => (text.trim() === '' ? 'none' : readNumber(text)))
  const badEventsMin = readNumber(texts.badEventsMin)
  const isCount =
    badEventsMin !== null && Number.isInteger(badEventsMin) && badEventsMin >= 1 && badEventsMin <= 1_000_000
  const faults: Faults = {
    objective:
      percent === null || percent < 50 || percent > 99.999 ? 'Enter a number from 50 to 99.999, such as 99.95.' : null,
    factors: factors.map((factor) =>
      factor === null || (factor !== 'none' && factor > 1_000)
        ? 'Enter a number up to 1,000, such as 14.4, or nothing to leave this alert out.'
        : null,
    ),
    badEventsMin: isCount ? null : 'Enter a whole number from 1 to 1,000,000.',
  }
  const isFaulty =
    faults.objective !== null || faults.badEventsMin !== null || faults.factors.some((fault) => fault !== null)
  if (isFaulty || percent === null || badEventsMin === null) return { draft: null, faults }
  const burns = alerting.burns.flatMap((burn, i) => {
    const factor = factors[i]
    return typeof factor === 'number' ? [{ ...burn, factor }] : []
  })
  return { draft: { objective: Number((percent / 100).toPrecision(10)), alerting: { burns, badEventsMin } }, faults }
}

/** What would have paged, and what is left, as it is and instead. */
export function whatIfSentence({ asItIs, instead, groups, missing }: WhatIf): string {
  if (missing !== null) return missing
  const own = groups === null ? '' : groupsWords(groups)
  if (groups !== null && groups.replayed === 0)
    return 'There is no group with data that you may see, so there is nothing to replay.'
  return `${firedWords(instead)} With the definition as it is: ${lowerFirst(firedWords(asItIs))}${own}`
}

const groupsWords = ({ replayed, of }: NonNullable<WhatIf['groups']>) =>
  replayed < of
    ? ` Replayed for the ${replayed} of ${of} groups with the least budget left; missing data is not replayed.`
    : ` Replayed for ${replayed === 1 ? 'the one group' : `all ${replayed} groups`} that you may see.`

function firedWords({ objective, episodes: { byAlert }, leftRatio }: WhatIf['asItIs']): string {
  const fired =
    byAlert.length === 0
      ? 'nothing would have fired'
      : either(
          byAlert.map(
            ({ alert, count, seconds }) =>
              `${severityWords[alert]} ${timesWords(count)} (${formatDuration(seconds * 1_000)})`,
          ),
          'and',
        )
  const left =
    leftRatio === null
      ? ''
      : leftRatio < 0
        ? `, budget overspent by ${partWords(-leftRatio)}`
        : `, ${partWords(leftRatio)} of the budget left`
  return `At ${objectiveWords(objective)}: ${fired}${left}.`
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
