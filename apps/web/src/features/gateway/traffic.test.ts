import { describe, expect, it } from 'vitest'
import { reasonWords, type Traffic, trafficMarkers, trafficSentence } from './traffic.ts'

const fromMs = Date.parse('2026-11-28T12:00:00Z')
const range = { words: 'in the last hour', fromMs, toMs: fromMs + 3_600_000 }
const traffic: Traffic = {
  stepSeconds: 15,
  points: [],
  figures: {
    ...{ highestUse: 4_210, highestRefused: 1_430, refusedSeconds: 330 },
    ...{ sinceSeconds: fromMs / 1_000 + 15, resolutionSeconds: 15 },
  },
  byReason: [],
  notCounted: 0,
  starts: [],
  applied: [],
  markedSince: null,
  historyMissing: null,
}
const sentence = (over: Partial<Traffic>) => trafficSentence({ ...traffic, ...over }, 'gateway-1', range, 'UTC')
const figures = (over: Partial<NonNullable<Traffic['figures']>>) => ({
  figures: traffic.figures && { ...traffic.figures, ...over },
})

describe('the sentence about traffic', () => {
  it.each([
    [
      {},
      'Most accepted in the last hour: 4.21 k samples/s; samples were refused for 5 min 30 s, at most 1.43 k samples/s.',
    ],
    [
      figures({ refusedSeconds: 0, highestRefused: 0 }),
      'Most accepted in the last hour: 4.21 k samples/s; nothing was refused.',
    ],
    [{ figures: null }, 'Nothing was measured in the last hour.'],
    [{ figures: null, historyMissing: 'The store hangs.' }, 'The store hangs.'],
  ])('has the figures of the range, or says why there are none', (over, text) => {
    expect(sentence(over)).toBe(text)
  })
  it('tells of requests that were refused before they were read, so that nobody knows their samples', () => {
    const byReason = [{ reason: 'suspended', perSecond: [], highestPerSecond: 3, refusedSeconds: 60 }]
    expect(sentence({ byReason })).toMatch(/at most 1\.43 k samples\/s, and whole requests, see below\.$/)
    expect(sentence({ byReason, ...figures({ refusedSeconds: 0, highestRefused: 0 }) })).toMatch(
      /; whole requests were refused, see below\.$/,
    )
  })
  it('says when data begins, which gateways are not counted, and from when events are marked', () => {
    const text = sentence({
      ...figures({ sinceSeconds: fromMs / 1_000 + 1_860 }),
      ...{ notCounted: 2, markedSince: '2026-11-28T12:40:00Z' },
    })
    expect(text).toContain('in the last hour, in which gateway-1’s data begins at 12:31: ')
    expect(text).toContain('Up to 2 gateways of an older release did not report this, and are not counted.')
    expect(text).toContain('marked from 28 Nov 2026, 12:40:00 UTC on.')
  })
})

it('marks the starts, with what is known of the end of the process before, and the versions', () => {
  const start = { gatewayId: 'gateway-2', startedAt: '2026-11-28T12:10:00Z', reportedAt: '2026-11-28T12:10:01Z' }
  const starts: Traffic['starts'] = [
    { ...start, softwareVersion: '0.2.0', previous: { end: 'lost', at: '2026-11-28T12:09:00Z' } },
    { ...start, softwareVersion: '0.2.0', previous: null },
  ]
  const events = { ...traffic, starts, applied: [{ version: 12, at: '2026-11-28T12:20:00Z' }] }
  const changes = (ofFleet: boolean) => trafficMarkers(events, ofFleet).map(({ change }) => change)
  const started = 'started, the process before it sent no last heartbeat'
  expect(changes(false)).toEqual([started, 'started', 'policy v12 applied'])
  expect(changes(true)[0]).toBe(`gateway-2 ${started}`)
})

it('counts requests for a reason that is given before a request is read, and names a reason that it does not know', () => {
  expect(reasonWords({ reason: 'request-rate' }).unit).toBe('requests/s')
  expect(reasonWords({ reason: 'rate' })).toEqual({
    ...{ words: 'Samples over the samples per second limit', unit: 'samples/s' },
  })
  expect(reasonWords({ reason: 'of-tomorrow' })).toEqual({ words: 'of-tomorrow', unit: 'samples/s' })
})
