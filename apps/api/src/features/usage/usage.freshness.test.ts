import { describe, expect, it } from 'vitest'
import { type FreshnessFigures, freshnessOf } from './usage.freshness.ts'

const good: FreshnessFigures = {
  ...{ probeAgeSeconds: 2, newestAgeSeconds: 3, tenants: 4, lateTenants: 0, staleTenants: 0 },
  agentAgeSeconds: 2,
}
const noProbe = { probeAgeSeconds: null, newestAgeSeconds: null, tenants: null }

describe('graphs are', () => {
  it.each<[string, Partial<FreshnessFigures>, ReturnType<typeof freshnessOf>]>([
    ['current if each tenant’s samples were read', {}, { state: 'current', ageSeconds: 3, reason: null }],
    [
      'current, also if the clock of the probe is ahead',
      { newestAgeSeconds: -1 },
      { state: 'current', ageSeconds: 0, reason: null },
    ],
    [
      'late if those of a tenant are',
      { lateTenants: 1 },
      {
        state: 'late',
        ageSeconds: 3,
        reason: 'For 1 of 4 tenants, queries return nothing that was written in the last 30 s.',
      },
    ],
    [
      'stale if those of a tenant are',
      { lateTenants: 3, staleTenants: 2 },
      {
        state: 'stale',
        ageSeconds: 3,
        reason: 'For 2 of 4 tenants, queries return nothing that was written in the last 60 s.',
      },
    ],
    [
      'unknown before the first probe',
      { newestAgeSeconds: null, tenants: null },
      { state: 'unknown', ageSeconds: null, reason: 'The probe has not measured anything yet.' },
    ],
    [
      'unknown without a probe',
      noProbe,
      {
        state: 'unknown',
        ageSeconds: null,
        reason: 'The probe is away, so nobody measures how current the graphs are.',
      },
    ],
    [
      'unknown if its figures are old, whatever they say',
      { probeAgeSeconds: 31, lateTenants: 4, staleTenants: 4 },
      {
        state: 'unknown',
        ageSeconds: null,
        reason: 'The probe is away, so nobody measures how current the graphs are.',
      },
    ],
    [
      'late if nothing of the agent arrives either',
      { probeAgeSeconds: 45, agentAgeSeconds: 45.4 },
      {
        state: 'late',
        ageSeconds: 45.4,
        reason: 'The newest sample of the platform is 45 s old; usually one arrives every 5 s.',
      },
    ],
    [
      'stale if it does not for a minute',
      { ...noProbe, agentAgeSeconds: 61 },
      {
        state: 'stale',
        ageSeconds: 61,
        reason: 'The newest sample of the platform is 61 s old; usually one arrives every 5 s.',
      },
    ],
    [
      'stale if there is no sample at all',
      { ...noProbe, agentAgeSeconds: null },
      {
        state: 'stale',
        ageSeconds: null,
        reason: 'A query finds nothing that the platform wrote in the last 5 minutes.',
      },
    ],
  ])('%s', (_what, figures, expected) => {
    expect(freshnessOf({ ...good, ...figures })).toEqual(expected)
  })

  it('never called unknown for want of a probe while everything stops', () => {
    // Both were scraped within the same 5 s.
    for (let seconds = 5; seconds < 120; seconds++) {
      for (const apart of [-5, 0, 5]) {
        const stopped = {
          newestAgeSeconds: seconds,
          lateTenants: seconds > 30 ? 4 : 0,
          staleTenants: seconds > 60 ? 4 : 0,
        }
        const figures = { ...good, ...stopped, probeAgeSeconds: seconds, agentAgeSeconds: seconds + apart }
        expect(freshnessOf(figures).state, `${seconds} ${apart}`).not.toBe('unknown')
      }
    }
  })
})
