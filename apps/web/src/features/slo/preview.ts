import type { ChartPoint } from '../../components/chart/series.ts'
import { formatDuration, formatInteger } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'
import { severityWords, timesWords } from './alerts.ts'
import { badScale } from './charts.ts'
import { partWords } from './words.ts'

export type Preview = Outputs['slo']['preview']

/** The events of the counted time, and what would have fired in it. */
export function previewSentence(preview: Preview, objective: number): string {
  const { missing, span, bad, total } = preview
  if (missing !== null) return `${missing} You can save it, but nobody has seen whether it measures anything.`
  if (span === null) return 'Nothing was counted.'
  const words = `in the last ${formatDuration(Date.parse(span.to) - Date.parse(span.from))}`
  if (total === 0) return `There was no traffic ${words}.`
  const part =
    bad === 0
      ? `Nothing of ${formatInteger(total)} events was bad`
      : `${partWords(bad / total)} of ${formatInteger(total)} events were bad`
  return `${part} ${words}; ${partWords(Number((1 - objective).toPrecision(10)))} may be. ${firedWords(preview)}`
}

function firedWords({ episodes: { byAlert } }: Preview): string {
  if (byAlert.length === 0) return 'No alert would have fired.'
  const parts = byAlert.map(
    ({ alert, count, seconds }) =>
      `${severityWords[alert]} ${timesWords(count)}, ${formatDuration(seconds * 1_000)} in all`,
  )
  return `Would have fired: ${either(parts, 'and')}.`
}

/** The part of bad events in each point, and what the objective allows. */
export function previewPoints({ points }: Preview, objective: number): ChartPoint[] {
  const { factor } = badScale(objective)
  const limit = Number(((1 - objective) * factor).toPrecision(10))
  return points.map(({ t, bad, total }) => ({
    ...{ t, limit, refused: null },
    used: bad === null || total === null || total <= 0 ? null : Math.min(1, Math.max(0, bad / total)) * factor,
  }))
}

/** The rules that the workspace would have after a change. */
export const ruleCountWords = (used: number, { max }: { max: number }): string =>
  `${formatInteger(used)} of the ${formatInteger(max)} rules that the workspace may have`
