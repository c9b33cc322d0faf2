import type { SloVersion } from '@tickwatch/db'
import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import { expect, it } from 'vitest'
import { sloSuspects } from './sloSuspects.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 29, 12, minute))
const [, accepted] = builtInDefinitions as [Definition, Definition]
const saved = (version: number, definition: Definition | null, isDeletion = false): SloVersion => ({
  ...{ version, definition, isDeletion, savedAt: at(version), reason: `reason ${version}`, approvedBy: null },
  ...{ by: { subject: 'mara', name: 'Mara' }, changeRequestId: null },
})
const suspects = (...versions: SloVersion[]) => sloSuspects('writes', versions, { from: at(2), to: at(9) })

const edits: [string, Partial<Definition>, kind: string, diff: unknown[]][] = [
  ['a higher objective', { objective: 0.9995 }, 'sloChanged', [{ what: 'objective', from: '99.9 %', to: '99.95 %' }]],
  ['a lower objective', { objective: 0.99 }, 'sloWeakened', [{ what: 'objective', from: '99.9 %', to: '99 %' }]],
  [
    'another selector',
    { sli: { kind: 'ratio', bad: 'b_total', total: 't_total', causeLabel: 'reason' } },
    'sloChanged',
    [
      { what: 'SLI, bad', from: expect.stringContaining('5..'), to: 'b_total' },
      { what: 'SLI, total', from: expect.stringContaining('429'), to: 't_total' },
    ],
  ],
  ['other groups', { groupBy: [] }, 'sloChanged', [{ what: 'grouped by', from: 'tenant_id', to: null }]],
  ['another window', { window: { days: 7 } }, 'sloChanged', [{ what: 'window', from: '30 days', to: '7 days' }]],
  [
    'an alert more',
    {
      alerting: {
        ...accepted.alerting,
        burns: [...accepted.alerting.burns, { severity: 'page', factor: 2, longMinutes: 60, shortMinutes: 5 }],
      },
    },
    'sloChanged',
    [{ what: 'alerts', from: expect.any(String), to: expect.stringMatching(/; page at 2× in 60 and 5 min$/) }],
  ],
  [
    'fewer alerts',
    { alerting: { ...accepted.alerting, burns: [] } },
    'sloWeakened',
    [{ what: 'alerts', from: expect.any(String), to: null }],
  ],
]

it.each(edits)('%s is a suspect, with what changed and a way back', (_what, edit, kind, diff) => {
  expect(suspects(saved(3, { ...accepted, ...edit }), saved(2, accepted), saved(1, accepted))).toMatchObject([
    {
      ...{ kind, diff, id: 'slo/writes/3', at: at(3), by: 'Mara', reason: 'reason 3', path: '/slos/writes' },
      ...{ title: 'Mara changed the SLO “Writes are accepted”, version 3', revert: { what: 'slo', version: 3 } },
    },
  ])
})

it.each<[string, SloVersion[]]>([
  ['another title, owner or runbook', [saved(3, { ...accepted, title: 'T', owner: 'o' }), saved(2, accepted)]],
  ['a deletion', [saved(3, null, true), saved(2, accepted), saved(1, accepted)]],
  ['a version of which nobody knows the one before', [saved(3, { ...accepted, objective: 0.9999 })]],
  ['a version after one that this release can’t read', [saved(3, { ...accepted, objective: 0.99 }), saved(2, null)]],
  ['a change outside of the time', [saved(11, { ...accepted, objective: 0.9999 }), saved(10, accepted)]],
])('%s is no suspect', (_what, versions) => expect(suspects(...versions)).toEqual([]))

it('an SLO that was just made, or made again, is a suspect without a way back', () => {
  const made = { kind: 'sloMade', title: 'Mara made the SLO “Writes are accepted”', revert: null, diff: [] }
  expect(sloSuspects('writes', [saved(1, accepted)], { from: at(0), to: at(9) })).toMatchObject([made])
  expect(suspects(saved(4, accepted), saved(3, null, true), saved(2, accepted))).toMatchObject([made])
})
