import type { Incident, IncidentState } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { type IncidentAct, judgeEnd, nextState, settle } from './incident.rules.ts'

describe('an incident', () => {
  it.each<
    [state: IncidentState, fire: IncidentState | null, acknowledge: IncidentState | null, resolve: IncidentState | null]
  >([
    ['open', 'open', 'acknowledged', 'resolved'],
    ['acknowledged', 'acknowledged', null, 'resolved'],
    ['reopened', 'reopened', 'acknowledged', 'resolved'],
    ['resolved', 'reopened', null, null],
  ])('that is %s becomes %s when an alert fires, %s when a person takes it, and %s when it ends', (state, ...next) => {
    const acts: IncidentAct[] = ['fire', 'acknowledge', 'resolve']
    expect(acts.map((act) => nextState(state, act))).toEqual(next)
  })
})

const stepMs = 60_000
const ended = Date.parse('2026-11-29T12:00:00.000Z')
const minutes = (count: number) => ended + count * stepMs

describe('an incident whose alerts ended', () => {
  it.each<[what: string, blind: boolean, lastMs: number | null, recentSteps: number, nowMs: number, result: string]>([
    ['is over with data of the moment at which the alert ended', false, ended, 3, minutes(0.1), 'over'],
    ['waits for the next step if the last one is older', false, minutes(-1), 3, minutes(0.5), 'wait'],
    ['is over with the next step', false, minutes(1), 3, minutes(1), 'over'],
    ['waits while there is no data', false, null, 0, minutes(4), 'wait'],
    ['is blind after five steps without data', false, null, 0, minutes(5), 'blind'],
    ['is blind after five steps with only older data', false, minutes(-1), 0, minutes(5), 'blind'],
    ['stays blind without data, however long', true, null, 0, minutes(9_000), 'blind'],
    ['that was blind waits after the first step with data', true, minutes(60), 1, minutes(60), 'wait'],
    ['that was blind is over with the second step', true, minutes(61), 2, minutes(61), 'over'],
  ])('%s', (_what, blind, lastMs, recentSteps, nowMs, result) => {
    expect(judgeEnd({ blind }, { endedAt: new Date(ended) }, { lastMs, recentSteps }, nowMs, stepMs)).toBe(result)
  })

  const incident: Incident = {
    ...{ id: 'i', key: 'k', owner: 'tickwatch', slo: 'freshness', alertName: 'SloBurnPage', labels: {} },
    ...{ severity: 'page', state: 'acknowledged', episode: 2, blind: false, resolvedAt: null },
    ...{ openedAt: new Date(ended), beganAt: new Date(ended) },
  }
  const now = new Date(minutes(6))
  it.each<
    [
      what: string,
      before: Partial<Incident>,
      judged: 'over' | 'blind' | 'wait' | null,
      after: object | null,
      kinds: string[],
    ]
  >([
    ['that is over is resolved', {}, 'over', { state: 'resolved', resolvedAt: now }, ['resolved']],
    ['of no SLO is resolved without evidence', { slo: null }, null, { state: 'resolved' }, ['resolved']],
    [
      'becomes blind, and stays in its state',
      {},
      'blind',
      { state: 'acknowledged', blind: true, resolvedAt: null },
      ['blind'],
    ],
    ['is told once that it is blind', { blind: true }, 'blind', null, []],
    ['changes nothing while it waits', {}, 'wait', null, []],
    [
      'is seen again when its data are back',
      { blind: true },
      'over',
      { state: 'resolved', blind: false },
      ['sighted', 'resolved'],
    ],
    ['that is resolved stays so', { state: 'resolved', resolvedAt: now }, 'over', null, []],
  ])('%s', (_what, before, judged, after, kinds) => {
    const settled = settle({ ...incident, ...before }, judged, now)
    if (after === null) expect(settled).toBeNull()
    else expect(settled?.incident).toMatchObject(after)
    expect(settled?.events.map(({ kind }) => kind) ?? []).toEqual(kinds)
  })
})
