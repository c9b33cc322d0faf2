import { expect, it } from 'vitest'
import { judgeSchema } from '../judge/policy.ts'
import { oldInstance as instance, groupOf as rollingGroup } from '../testing/ask.ts'
import { planOf } from '../testing/plans.ts'
import type { Group } from './fleet.ts'
import type { Plan } from './plan.ts'
import { type BlockKind, type Facts, preflight } from './preflight.ts'

const now = Date.parse('2026-11-29T10:00:00Z')
const judge = judgeSchema.parse({ warmUpSeconds: 0, passPointsMin: 10, failPointsMin: 10, intervalSeconds: 5 })
const plan = planOf({ alarms: ['errors'] })
for (const wave of plan.waves) wave.judge = { ...judge, compares: wave.judge?.compares ?? false }

const groupOf = (changes: Partial<Group> = {}): Group =>
  rollingGroup({
    ...{ candidateVersion: null, refreshes: [], instances: ['i-1', 'i-2', 'i-3', 'i-4'].map((id) => instance(id)) },
    ...changes,
  })
const refresh = { id: 'refresh-1', templateVersion: '7', reason: null }

/** Facts that block nothing, but for these of the canary's group and these. */
const facts = (group: Partial<Group> = {}, changes: Partial<Facts> = {}): Facts => ({
  groups: new Map([
    ['canary', groupOf(group)],
    ...['one', 'two', 'three'].map((name): [string, Group] => [name, groupOf()]),
  ]),
  alarms: new Map([['errors', 'OK']]),
  availableImages: new Map([['eu-central-1', new Set(['ami-old', 'ami-new'])]]),
  candidate: { imageIds: new Map([['eu-central-1', 'ami-new']]), faults: [] },
  otherRollouts: [{ id: 'r-9', groups: ['elsewhere'] }],
  freezes: [{ reason: 'Finals.', fromMs: now + 1, toMs: now + 1_000, environments: [] }],
  ...changes,
})
const blocks = (known: Facts, of: Plan = plan) =>
  preflight(of, of.waves, known, now).map(({ kind, group, reason, remedy }) => [kind, group, `${reason} ${remedy}`])

it('nothing blocks a plan whose targets are as they must be', () => {
  expect(blocks(facts())).toEqual([])
})

const first = (changes: object): Plan => ({
  ...plan,
  waves: plan.waves.map((wave, i) => (i === 0 ? { ...wave, ...changes } : wave)),
})
const freeze = { reason: 'Finals.', fromMs: now, toMs: now + 3_600_000 }

it.each<[string, Facts, BlockKind, string | null, string, Plan?]>([
  [
    '$Latest',
    facts({ templateVersion: '$Latest' }),
    'template version not numbered',
    'canary',
    'canary uses the version $Latest of its launch template. Auto Scaling can’t roll that back. Set the group to a numbered version.',
  ],
  [
    '$Default',
    facts({ templateVersion: '$Default' }),
    'template version not numbered',
    'canary',
    'canary uses the version $Default of its launch template. Auto Scaling can’t roll that back. Set the group to a numbered version.',
  ],
  [
    'an AMI by parameter',
    facts({ imageId: 'resolve:ssm:/images/gateway' }),
    'image by parameter',
    'canary',
    'The launch template of canary names its AMI by the parameter resolve:ssm:/images/gateway. Auto Scaling can’t roll that back. Set the group to a version with the id of its AMI.',
  ],
  [
    'a refresh under way',
    facts({ refreshes: [{ ...refresh, status: 'Baking' }] }),
    'refresh under way',
    'canary',
    'An instance refresh of canary is under way (refresh-1, Baking). Wait until it has ended, or cancel it.',
  ],
  [
    'another rollout',
    facts({}, { otherRollouts: [{ id: 'r-9', groups: ['canary'] }] }),
    'other rollout',
    'canary',
    'The rollout r-9 has the target canary and is not over. Wait until it has ended, or abort it.',
  ],
  [
    'an alarm that fires',
    facts({}, { alarms: new Map([['errors', 'ALARM']]) }),
    'alarm not OK',
    null,
    'The alarm errors of the wave canary is ALARM. Auto Scaling starts only if it is OK. Wait until it is OK, or remove it from the wave.',
  ],
  [
    'an alarm without data',
    facts({}, { alarms: new Map([['errors', 'INSUFFICIENT_DATA']]) }),
    'alarm not OK',
    null,
    'The alarm errors of the wave canary is INSUFFICIENT_DATA.',
  ],
  [
    'an alarm that does not exist',
    facts({}, { alarms: new Map() }),
    'alarm not OK',
    null,
    'The alarm errors of the wave canary is not found.',
  ],
  [
    'an image that is not verified',
    facts({}, { candidate: { imageIds: new Map([['eu-central-1', 'ami-new']]), faults: ['It is not signed.'] } }),
    'image not verified',
    null,
    'It is not signed. Register an image that the policy accepts, or ask a platform admin for an exception.',
  ],
  [
    'a candidate that is the way back',
    facts({ imageId: 'ami-new' }),
    'candidate is the way back',
    'canary',
    'canary runs ami-new already, so a rollback would lead to the candidate. Remove the target, or set the group back to the image before.',
  ],
  [
    'no way back',
    facts({ imageId: 'ami-gone' }),
    'no way back',
    'canary',
    'There is no way back: ami-gone, which canary runs, is not available in eu-central-1 any more. Restore that AMI from the recycle bin, or first roll out one that exists.',
  ],
  [
    'a candidate without an AMI in the region',
    facts({}, { candidate: { imageIds: new Map(), faults: [] } }),
    'image missing in region',
    'canary',
    'The candidate has no AMI in eu-central-1 that is available. Copy the image to eu-central-1 and register it there.',
  ],
  [
    'a protected instance',
    facts({ instances: [instance('i-1', { isProtected: true }), instance('i-2')] }),
    'instance protected',
    'canary',
    '1 of 2 instances of canary (i-1) is protected from scale-in. The refresh would wait for an hour and fail. Remove its protection.',
  ],
  [
    'two protected instances',
    facts({ instances: ['i-1', 'i-2'].map((id) => instance(id, { isProtected: true })) }),
    'instance protected',
    'canary',
    '2 of 2 instances of canary (i-1, i-2) are protected from scale-in. The refresh would wait for an hour and fail. Remove their protection.',
  ],
  [
    'a standby instance',
    facts({ instances: [instance('i-1', { lifecycle: 'Standby' })] }),
    'instance in standby',
    'canary',
    '1 of 1 instance of canary (i-1) is in standby. The refresh would wait for an hour and fail. Put it in service, or terminate it.',
  ],
  [
    'two standby instances',
    facts({
      instances: ['i-1', 'i-2', 'i-3'].map((id) => instance(id, { lifecycle: id === 'i-3' ? 'InService' : 'Standby' })),
    }),
    'instance in standby',
    'canary',
    '2 of 3 instances of canary (i-1, i-2) are in standby. The refresh would wait for an hour and fail. Put them in service, or terminate them.',
  ],
  [
    'no bake for the judge',
    facts(),
    'bake too short',
    null,
    'The wave canary does not bake. The judge needs at least 50 s until it can pass it.',
    first({ bakeSeconds: 0 }),
  ],
  [
    'a bake too short for the judge',
    facts(),
    'bake too short',
    null,
    'The wave canary bakes for 49 s. The judge needs at least 50 s until it can pass it. Let it bake for at least 50 s, or ask the judge for fewer or shorter intervals.',
    first({ bakeSeconds: 49 }),
  ],
  [
    '50 intervals of 15 s in 5 min',
    facts(),
    'bake too short',
    null,
    'The wave canary bakes for 300 s. The judge needs at least 750 s',
    first({ bakeSeconds: 300, judge: judgeSchema.parse({ warmUpSeconds: 0 }) }),
  ],
  [
    'a freeze window',
    facts({}, { freezes: [{ ...freeze, environments: [] }] }),
    'freeze window',
    null,
    'Nobody rolls out now: Finals. Wait until 2026-11-29T11:00:00.000Z, or ask a platform admin to end the freeze window.',
  ],
  [
    'a freeze window whose reason has no full stop',
    facts({}, { freezes: [{ ...freeze, reason: 'the finals', environments: [] }] }),
    'freeze window',
    null,
    'Nobody rolls out now: the finals. Wait until',
  ],
  [
    'a freeze window of the environment',
    facts({}, { freezes: [{ ...freeze, environments: ['production'] }] }),
    'freeze window',
    null,
    'Nobody rolls out now: Finals.',
  ],
])('%s blocks, with its reason and remedy', (_, known, kind, group, words, of = plan) => {
  const found = blocks(known, of).filter(([, name]) => name === group || group === null)
  expect(found[0]?.slice(0, 2)).toEqual([kind, group])
  expect(found[0]?.[2]).toContain(words)
})

it('a freeze window of another environment, or one that has ended, does not block', () => {
  const freezes = [
    { ...freeze, environments: ['staging'] },
    { ...freeze, fromMs: now - 10, toMs: now, environments: [] },
  ]
  expect(blocks(facts({}, { freezes }))).toEqual([])
})

it('a group that does not exist blocks', () => {
  expect(blocks({ ...facts(), groups: new Map() })[0]).toEqual([
    'group not found',
    'canary',
    'canary was not found in eu-central-1. Correct the name, or remove the target.',
  ])
})

it('a last wave that is compared has nothing to compare with', () => {
  const compared = { ...plan, waves: plan.waves.map((wave) => ({ ...wave, judge })) }
  expect(blocks(facts(), compared).map(([kind]) => kind)).toEqual(['no baseline'])
})

it('before a later wave only its own groups and alarms are looked at', () => {
  const known = facts({ imageId: 'ami-gone' })
  expect(preflight(plan, plan.waves.slice(1), known, now)).toEqual([])
})
