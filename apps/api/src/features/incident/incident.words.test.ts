import { describe, expect, it } from 'vitest'
import type { IncidentDetail } from './incident.types.ts'
import { reportOf } from './incident.views.ts'
import { incidentOfSubject, subjectOf, titleOf } from './incident.words.ts'

describe('the title of an incident', () => {
  const titles = new Map([['freshness', 'Graphs are current']])
  const burn = {
    ...{ owner: 'tickwatch', slo: 'freshness', alertName: 'SloBurnPage', labels: {}, blind: false },
    state: 'open' as const,
  }
  const noData = { ...burn, alertName: 'SloBlind', blind: true }
  it.each<[about: Parameters<typeof titleOf>[0], tenants: string[], title: string]>([
    [{ ...burn, labels: { tenant_id: 'acme' } }, ['acme'], '“Graphs are current” burns its budget too fast for acme'],
    [burn, ['acme', 'globex'], '“Graphs are current” burns its budget too fast for acme and globex'],
    [burn, ['a', 'b', 'c', 'd'], '“Graphs are current” burns its budget too fast for a, b and 2 more'],
    [burn, [], '“Graphs are current” burns its budget too fast'],
    [{ ...burn, slo: 'own', blind: true }, ['acme'], '“own” has no data for acme'],
    [noData, [], '“Graphs are current” has no data'],
    [{ ...noData, blind: false, state: 'resolved' }, [], '“Graphs are current” has no data'],
    // Another alert says so since.
    [{ ...noData, blind: false }, [], '“Graphs are current” burns its budget too fast'],
    [{ ...burn, owner: 'acme' }, ['acme'], '“freshness” burns its budget too fast for acme'],
    [
      { ...burn, slo: null, alertName: 'TickwatchPolicyDrift', labels: { gateway: 'g-1' } },
      [],
      'TickwatchPolicyDrift fires: gateway g-1',
    ],
    [{ ...burn, slo: null, alertName: 'TickwatchGraphsAbsent' }, [], 'TickwatchGraphsAbsent fires'],
    [
      { ...burn, slo: null, alertName: 'RolloutRolledBack', labels: { rollout: '12', image: 'gateway 1.4.0' } },
      [],
      'Rollout 12 of gateway 1.4.0 rolled itself back',
    ],
    [
      { ...burn, slo: null, alertName: 'RolloutRollbackFailed', labels: { rollout: '12', image: 'gateway 1.4.0' } },
      [],
      'The rollback of rollout 12 of gateway 1.4.0 failed',
    ],
  ])('%#', (about, tenants, title) => {
    expect(titleOf(about, tenants, titles)).toBe(title)
  })
})

it('receivers know each episode of an incident by a key of its own', () => {
  expect(subjectOf({ number: 7, episode: 1 })).toBe('inc-7/1')
  expect(subjectOf({ number: 7, episode: 2 })).toBe('inc-7/2')
  expect(incidentOfSubject('inc-7/2')).toEqual({ number: 7, episode: 2 })
  for (const other of ['', 'inc-7', 'inc-0/1', 'change/acme/quota/3', 'inc-7/1x', 'inc-99999999999/1']) {
    expect(incidentOfSubject(other)).toBeNull()
  }
})

it('a report shows what people typed as text, not as Markdown', () => {
  const incident: IncidentDetail = {
    ...{ number: 7, title: 'T', state: 'resolved', severity: 'page', slo: 'freshness', alertName: 'SloBurnPage' },
    ...{ labels: {}, episode: 1, blind: false, openedAt: '2026-11-29T12:00:01.000Z', alertsFiring: 0, assignee: null },
    ...{
      beganAt: '2026-11-29T12:00:00.000Z',
      resolvedAt: '2026-11-29T12:30:00.000Z',
      tenants: ['acme'],
      suspect: null,
    },
    timeline: [
      {
        ...{ id: 1, episode: 1, at: '2026-11-29T12:01:00.000Z', kind: 'note', tenantId: null, alert: null },
        ...{ by: { subject: 's', name: '**Mara**' }, text: '# Heading\nsecond line' },
      },
    ],
    changes: [
      {
        ...{ id: 'quota/acme/2', kind: 'limitsLowered', by: 'Mara', reason: 'a [link](http://x)', tenantId: 'acme' },
        ...{
          title: 'Mara lowered limits',
          why: 'It concerns acme.',
          at: '2026-11-29T11:58:00.000Z',
          revertable: true,
          rollBackTo: null,
          wayBack: 'x',
        },
        ...{ gateways: [], rings: [], zones: [], path: null, diff: [{ what: 'Rate', from: '2', to: '1' }] },
      },
    ],
  }
  expect(reportOf(incident)).toBe(`# Incident 7: T

- State: resolved
- Severity: page
- Began: 2026-11-29 12:00:00 UTC. It was resolved at 2026-11-29 12:30:00 UTC.
- Tenants: acme
- Assigned to: nobody

## What changed before

1. Mara lowered limits
   It concerns acme\\. It took effect at 2026-11-29 11:58:00 UTC.
   Reason: a \\[link\\]\\(http://x\\)
   - Rate: 2 → 1

## Timeline

- 2026-11-29 12:01:00 UTC: Note by \\*\\*Mara\\*\\*

  > # Heading
  > second line


`)
})
