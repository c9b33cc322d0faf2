// Prometheus 2.42 as docs/senders.md sets it up. `senders.test.ts` has the other senders.
import { it } from 'vitest'
import { tools } from '../process/tools.ts'
import { useSenders } from './edge.ts'
import { expectPrometheusLosesNothing } from './prometheus.ts'

const at = useSenders()

it('Prometheus 2 as documented loses no sample, native histogram or stale marker, also if it is refused with 429', () =>
  expectPrometheusLosesNothing(at, 'Prometheus 2', tools().prometheus, [
    '--enable-feature=agent,native-histograms,exemplar-storage',
  ]))
