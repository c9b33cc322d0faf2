import { Num } from '../../components/Num.tsx'
import { Status } from '../../components/Status.tsx'
import { either } from '../../lib/words.ts'
import { type Fleet, refusedRates } from './fleet.ts'

/** What is refused per second, with units; a bad state if there is any. Null is unknown. */
export function RefusedRates({ refusals }: { refusals: Fleet['refusals'] }) {
  if (refusals === null) return <Num value={null} />
  const rates = refusedRates(refusals)
  return rates.length === 0 ? 'nothing' : <Status kind="bad">{either(rates, 'and')}</Status>
}
