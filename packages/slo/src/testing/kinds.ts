import { type Definition, readDefinition, type Sli } from '../definition.ts'

/** One definition of each kind, for tests. */
function checkout(sli: Partial<Sli> & { kind: Sli['kind'] }, groupBy: string[] = []): Definition {
  const base = { id: 'checkout', title: 'Checkout', owner: 'shop', objective: 0.999, window: { days: 30 } }
  const { definition, faults } = readDefinition({ ...base, sli, groupBy })
  if (!definition) throw new Error(JSON.stringify(faults))
  return definition
}

export const kinds: Record<string, Definition> = {
  ratio: checkout({ kind: 'ratio', bad: 'requests_total{code=~"5.."}', total: 'requests_total' }),
  'ratio-by-cause': checkout(
    { kind: 'ratio', bad: 'requests_total{code=~"5.."}', total: 'requests_total', causeLabel: 'reason' },
    ['tenant_id'],
  ),
  'ratio-of-good': checkout({ kind: 'ratio', good: 'requests_total{code!~"5.."}', total: 'requests_total' }, [
    'tenant_id',
    'az',
  ]),
  'latency-classic': checkout({ kind: 'latency', histogram: 'request_seconds{job="shop"}', thresholdSeconds: 0.25 }),
  'latency-native': checkout({
    kind: 'latency',
    histogram: 'request_seconds',
    thresholdSeconds: 0.25,
    nativeSchema: 2,
  }),
  condition: checkout({ kind: 'condition', promql: 'max by (gateway) (lag_seconds) < bool 60' }, ['gateway']),
}
