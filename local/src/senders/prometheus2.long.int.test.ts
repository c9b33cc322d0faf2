// Prometheus 2.42. `senders.test.ts` has the other senders.
import { it } from 'vitest'
import { tools } from '../process/tools.ts'
import { useSenders } from './edge.ts'
import { expectPrometheusLosesNothing } from './prometheus.ts'

const at = useSenders()

it.each([
  ['as documented', '--enable-feature=agent,native-histograms,exemplar-storage'],
  ['with its default settings', '--enable-feature=agent'],
] as const)('Prometheus 2 %s loses no sample, native histogram or stale marker, also if it is refused', (how, flags) =>
  expectPrometheusLosesNothing(at, how, 'Prometheus 2', tools().prometheus, [flags]),
)
