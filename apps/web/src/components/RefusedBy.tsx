import { type RefusedNow, refusedUnit, refuser } from '../lib/refusals.ts'
import { Num } from './Num.tsx'
import { Status } from './Status.tsx'

/** What is refused now, each under the limit or the rule that refuses it: `active series: 207 samples/s`. */
export function RefusedBy({ refused }: { refused: readonly RefusedNow[] }) {
  if (refused.length === 0) return <Num value={0} />
  return refused.map(({ reason, samplesPerSecond }) => (
    <div key={reason}>
      <Status kind="bad">
        {refuser(reason)}: <Num value={samplesPerSecond} unit={refusedUnit(reason)} />
      </Status>
    </div>
  ))
}
