import { expect, it } from 'vitest'
import { refusedStatus } from './refusedStatus.ts'

it.each([
  ['Prometheus/2.42.0', 529],
  // Built with `go install`, it has no version.
  ['Prometheus/', 529],
  ['opentelemetry-collector-contrib/0.165.0', 529],
  ['aws-otel-collector/v0.47.0', 529],
  ['/1.0.0', 529],
  ['vmagent', 429],
  ['Alloy/v1.11.0', 429],
  ['curl/8.5.0', 429],
  ['not Prometheus/1', 429],
  ['', 429],
  [undefined, 429],
])('a request over the rate from %j gets %i', (userAgent, status) => {
  expect(refusedStatus(userAgent)).toBe(status)
})
