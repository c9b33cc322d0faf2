import { queryRefuser, type RefusedNow, type RefusedQueriesNow, refusedUnit, refuser } from '../lib/refusals.ts'
import { Num } from './Num.tsx'
import { Status } from './Status.tsx'

/** What is refused now, each under the limit or the rule that refuses it: `active series: 207 samples/s`. Null is unknown. */
export function RefusedBy({
  refusedByReason,
  refusedQueries,
}: {
  refusedByReason: readonly RefusedNow[] | null
  refusedQueries: readonly RefusedQueriesNow[] | null
}) {
  if (refusedByReason === null || refusedQueries === null) return <Num value={null} />
  const refused = [
    ...refusedByReason.map(({ reason, samplesPerSecond }) => ({
      key: reason as string,
      words: refuser(reason),
      rate: <Num value={samplesPerSecond} unit={refusedUnit(reason)} />,
    })),
    ...refusedQueries.map(({ reason, queriesPerSecond }) => ({
      key: `queries ${reason}`,
      words: queryRefuser(reason),
      rate: <Num value={queriesPerSecond} unit="queries/s" />,
    })),
  ]
  if (refused.length === 0) return <Num value={0} />
  return refused.map(({ key, words, rate }) => (
    <div key={key}>
      <Status kind="bad">
        {words}: {rate}
      </Status>
    </div>
  ))
}
