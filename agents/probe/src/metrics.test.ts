import { familiesText } from '@tickwatch/remote-write/exposition'
import { expect, it } from 'vitest'
import { ProbeMetrics } from './metrics.ts'
import type { Outcome } from './probeTenant.ts'

const outcome = (of: Partial<Outcome>): Outcome => ({
  ...{ result: 'read', sentMs: 1_000_000, ageSeconds: 0.1, gateway: 'gateway-1', away: new Set(), why: null },
  ...of,
})
const lines = (metrics: ProbeMetrics) => familiesText(metrics.families()).split('\n')

it('every counter begins at 0, so that its first event is an increase', () => {
  const metrics = new ProbeMetrics()
  metrics.follow(['acme'], ['gateway-1'])
  const shown = lines(metrics)
  for (const result of ['read', 'not-readable', 'cannot-query', 'cannot-write']) {
    expect(shown).toContain(`tickwatch_probe_results_total{result="${result}",tenant_id="acme"} 0`)
    expect(shown).toContain(`tickwatch_probe_gateway_results_total{gateway="gateway-1",result="${result}"} 0`)
  }
  expect(shown).toContain('tickwatch_probe_gateway_results_total{gateway="gateway-1",result="away"} 0')
  expect(shown).toContain('tickwatch_probe_age_seconds_count{tenant_id="acme"} 0')
  expect(shown).toContain('tickwatch_probe_tenants 1')
})

it('a probe counts for its tenant, its gateway, and those that were away', () => {
  const metrics = new ProbeMetrics()
  metrics.follow(['acme', 'globex'], ['gateway-1', 'gateway-2'])
  metrics.record('acme', outcome({}))
  metrics.record(
    'acme',
    outcome({ result: 'cannot-query', ageSeconds: 9, gateway: 'gateway-2', away: new Set(['gateway-1']) }),
  )
  metrics.record(
    'globex',
    outcome({ result: 'cannot-write', ageSeconds: 9, gateway: null, away: new Set(['gateway-1']) }),
  )
  const shown = lines(metrics).filter((line) => !line.endsWith(' 0') && !line.includes('_bucket'))
  expect(shown).toEqual(
    expect.arrayContaining([
      'tickwatch_probe_results_total{result="read",tenant_id="acme"} 1',
      'tickwatch_probe_results_total{result="cannot-query",tenant_id="acme"} 1',
      'tickwatch_probe_results_total{result="cannot-write",tenant_id="globex"} 1',
      'tickwatch_probe_gateway_results_total{gateway="gateway-1",result="read"} 1',
      'tickwatch_probe_gateway_results_total{gateway="gateway-1",result="away"} 2',
      'tickwatch_probe_gateway_results_total{gateway="gateway-2",result="cannot-query"} 1',
      'tickwatch_probe_age_seconds_count{tenant_id="acme"} 2',
    ]),
  )
  // A probe that gave up is over the 8 s of the SLO.
  expect(lines(metrics)).toContain('tickwatch_probe_age_seconds_bucket{tenant_id="acme",le="8"} 1')
})

it('the newest readable sample is of the last probe that read, or of the first if none did', () => {
  const readAt = (metrics: ProbeMetrics) =>
    lines(metrics).filter((line) => line.startsWith('tickwatch_probe_read_timestamp_seconds'))
  const metrics = new ProbeMetrics()
  metrics.follow(['acme'], ['gateway-1'])
  expect(readAt(metrics)).toEqual([])
  metrics.record('acme', outcome({ result: 'cannot-write', sentMs: 10_000 }))
  metrics.record('acme', outcome({ result: 'cannot-write', sentMs: 20_000 }))
  expect(readAt(metrics)).toEqual(['tickwatch_probe_read_timestamp_seconds{tenant_id="acme"} 10'])
  metrics.record('acme', outcome({ sentMs: 30_000 }))
  metrics.record('acme', outcome({ result: 'not-readable', sentMs: 40_000 }))
  expect(readAt(metrics)).toEqual(['tickwatch_probe_read_timestamp_seconds{tenant_id="acme"} 30'])
})

it('a tenant that is no longer probed is no longer exported, and the others go on counting', () => {
  const metrics = new ProbeMetrics()
  metrics.follow(['acme', 'globex'], ['gateway-1'])
  metrics.record('acme', outcome({}))
  metrics.follow(['acme'], ['gateway-1'])
  // Its last probe was still under way.
  metrics.record('globex', outcome({}))
  const shown = lines(metrics)
  expect(shown.filter((line) => line.includes('globex'))).toEqual([])
  expect(shown).toContain('tickwatch_probe_results_total{result="read",tenant_id="acme"} 1')
})
