import { expect, it } from 'vitest'
import { Metrics } from './metrics.ts'

it('a gateway counts what it accepted and refused of all tenants, also of those that it forgot', async () => {
  const metrics = new Metrics('gateway-1')
  const lines = async () =>
    (await metrics.exposition()).split('\n').filter((line) => line.startsWith('tickwatch_gateway_'))
  expect(await lines()).toEqual(['tickwatch_gateway_samples_total{gateway="gateway-1"} 0'])
  metrics.accept('acme', 500)
  metrics.accept('globex', 30)
  metrics.refuse('acme', 'rate', 7, false)
  metrics.refuse('globex', 'rate', 2, false)
  metrics.refuse('globex', 'too-old', 3, true)
  metrics.forget('acme')
  // Each series is first shown as 0.
  await lines()
  expect(await lines()).toEqual([
    'tickwatch_gateway_samples_total{gateway="gateway-1"} 530',
    'tickwatch_gateway_refused_samples_total{gateway="gateway-1",reason="rate"} 9',
    'tickwatch_gateway_refused_samples_total{gateway="gateway-1",reason="too-old"} 3',
  ])
})
