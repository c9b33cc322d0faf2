import { Status } from '../../components/Status.tsx'
import { either } from '../../lib/words.ts'
import { type Fleet, refusedRates } from './fleet.ts'

/** What is refused per second, with units; a bad state if there is any. */
export function RefusedRates({ refusals }: { refusals: NonNullable<Fleet['refusals']> }) {
  const rates = refusedRates(refusals)
  return rates.length === 0 ? 'nothing' : <Status kind="bad">{either(rates, 'and')}</Status>
}
