import { expect, it } from 'vitest'
import { tenantsOf } from '../testing/tenants.ts'

it('the used part of a tenant’s share is that of the limit that it uses most', () => {
  const tenants = tenantsOf({ 'ingest.samplesPerSecond': 1_000, 'series.activeMax': 400 })
  const tenant = tenants.forWrite('acme', 0)
  const used = { samplesPerSecond: 300, requestsPerSecond: 1, activeSeries: 100 }
  expect(tenant?.shareUsedRatio(used)).toBe(0.3)
  tenant?.setShare({ samples: 0.5, requests: 1, series: 0.25, queries: 1 }, 0)
  expect(tenant?.shareUsedRatio(used)).toBe(1)
  tenant?.setShare({ samples: 0, requests: 0, series: 0, queries: 0 }, 0)
  expect(tenant?.shareUsedRatio(used)).toBe(1_000)
  expect(tenant?.shareUsedRatio({ samplesPerSecond: 0, requestsPerSecond: 0, activeSeries: 0 })).toBe(0)
  expect(tenants.figures(0).acme?.partUsedRatio).toBe(0)
})

it('reports how late the accepted samples of the last 5 s arrived', () => {
  const tenants = tenantsOf({})
  const meters = tenants.forWrite('acme', 0)?.meters
  expect(tenants.figures(0).acme).not.toHaveProperty('sampleAgeSeconds')
  meters?.acceptedSamples.add(0, 100)
  meters?.acceptedAgeSeconds.add(0, 1_500)
  expect(tenants.figures(1_000).acme?.sampleAgeSeconds).toBe(15)
  meters?.acceptedSamples.add(1, 100)
  meters?.acceptedAgeSeconds.add(1, 500)
  expect(tenants.figures(2_000).acme?.sampleAgeSeconds).toBe(10)
  expect(tenants.figures(8_000).acme).not.toHaveProperty('sampleAgeSeconds')
})
