import type { Page } from '@playwright/test'

/** Puts these answers in the place of the API's, by procedure. Other calls of a batch get theirs from the API. */
export async function answerWith(page: Page, answers: Record<string, unknown>): Promise<void> {
  // Without a stream the page asks again every few seconds.
  await page.route(/rollout\.live/, (route) => route.fulfill({ status: 500, body: 'no stream' }))
  const names = Object.keys(answers).map((name) => name.replace('.', String.raw`\.`))
  await page.route(new RegExp(`(${names.join('|')})(?![A-Za-z])`), async (route) => {
    const response = await route.fetch()
    const asked = new URL(route.request().url()).pathname.split('/').at(-1)?.split(',') ?? []
    const body: unknown = await response.json()
    const results = [body].flat().map((result, i) => {
      const data = answers[asked[i] ?? '']
      return data === undefined ? result : { result: { data } }
    })
    await route.fulfill({ status: 200, json: Array.isArray(body) ? results : results[0] })
  })
}

const by = { subject: 'platform-1', name: 'Pilar Platform' }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString()
const image = { id: '6f1f0d5e-1f55-4f43-8f0a-0c1c7f6d2a11', name: 'gateway', version: '0.3.0' }
const zones = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']

const judge = {
  ...{ compares: true, figures: ['firstByteP99Seconds', 'memoryBytes'], intervalSeconds: 15, warmUpSeconds: 120 },
  ...{ samplesMin: 100, failPointsMin: 20, passPointsMin: 50 },
}
const wave = (name: string, groups: string[]) => ({
  ...{ name, groups, minHealthyPercent: 100, maxHealthyPercent: 110, checkpointPercents: [50, 100] },
  ...{ checkpointSeconds: 300, bakeSeconds: 1_800, progressSeconds: 600, alarms: [], judge },
})
const plan = {
  targets: [
    { group: 'gateway-canary', environment: 'production', region: 'eu-central-1', zones: [zones[0]], ring: 'canary' },
    { group: 'gateway-a', environment: 'production', region: 'eu-central-1', zones: [zones[0]], ring: 'fleet' },
    { group: 'gateway-bc', environment: 'production', region: 'eu-central-1', zones: zones.slice(1), ring: 'fleet' },
  ],
  waves: [
    wave('canary', ['gateway-canary']),
    wave('eu-central-1a', ['gateway-a']),
    { ...wave('the rest', ['gateway-bc']), judge: { ...judge, compares: false } },
  ],
}

type State = 'before' | 'starts' | 'candidate' | 'silent' | 'ends'
const instance = (id: string, zone: string | undefined, state: State) => ({
  ...{ id: `i-0${id}4be2c19d3f77e10`, zone },
  ...{
    templateVersion: state === 'before' || state === 'ends' ? '7' : '8',
    lifecycle: state === 'ends' ? 'Terminating' : 'InService',
  },
  ...{ isReady: state !== 'starts' && state !== 'ends', isSilent: state === 'silent' },
  isCandidate: !['before', 'ends'].includes(state),
})
const group = (name: string, ring: string, instances: ReturnType<typeof instance>[]) => ({
  ...{ group: name, region: 'eu-central-1', zones: [...new Set(instances.map(({ zone }) => zone))], ring },
  ...{ desired: instances.length, templateVersion: '7', imageId: 'ami-0a1b2c3d4e5f60718', instances },
})
const groups = (canary: State[]) => [
  group(
    'gateway-canary',
    'canary',
    canary.map((state, i) => instance(`c${i}`, zones[0], state)),
  ),
  group(
    'gateway-a',
    'fleet',
    ['1', '2', '3'].map((id) => instance(`a${id}`, zones[0], 'before')),
  ),
  group(
    'gateway-bc',
    'fleet',
    ['1', '2', '3', '4'].map((id, i) => instance(`b${id}`, zones[1 + (i % 2)], 'before')),
  ),
]
const waves = (state: string, ready: number) =>
  plan.waves.map(({ name, groups: of }, i) => ({
    ...{ name, groups: of, state: i === 0 ? state : 'waiting', ready: i === 0 ? ready : 0, total: [2, 3, 4][i] },
    bakeEndsAt: i === 0 && state === 'baking' ? ago(-700) : null,
  }))

const tests = {
  ...{ points: 24, harmShare: 0.87, harmShareMin: 0.61, cliffsDelta: 0.71, rankPValue: 0.000_04, worseShare: 0.5 },
  ...{ shapePValue: 0.0003, failBelow: 0.0012 },
}
const finding = (about: string, outcome: string, words: string, canary: number | null, baseline: number | null) => ({
  ...{ about, outcome, words, canary, baseline, tests: about === 'firstByteP99Seconds' ? tests : null },
})
const slower =
  'Time to first byte (p99): 41 ms beside the baseline’s 30 ms (+37 %), over 24 intervals. It is worse, in 87 % of the intervals by more than is harmless (Mann–Whitney p = 0.00004, below the 0.0012 at which the canary fails; Cliff’s δ = 0.71).'
const noWorse = 'CPU per sample: 12.4 µs beside the baseline’s 12.2 µs (+2 %), over 24 intervals. It is no worse.'
const silence =
  'There is no traffic to judge: no warm instance of the canary admitted 100 samples in an interval for 95 s.'
const verdict = (outcome: 'fail' | 'inconclusive') => ({
  ...{ wave: 0, at: ago(20) },
  verdict: {
    ...{ outcome, words: outcome === 'fail' ? `The canary fails. ${slower}` : `Not decided yet. ${silence}` },
    findings: [
      finding(
        'traffic',
        outcome === 'fail' ? 'pass' : outcome,
        outcome === 'fail' ? 'Both sides have traffic.' : silence,
        null,
        null,
      ),
      finding('samplesLost', 'pass', 'Samples lost: none.', 0, 0),
      finding('restarts', 'pass', 'Restarts: none.', 0, 0),
      outcome === 'fail'
        ? finding('firstByteP99Seconds', 'fail', slower, 0.041, 0.03)
        : finding('cpuSecondsPerSample', 'pass', noWorse, 0.000_012_4, 0.000_012_2),
      finding(
        'memoryBytes',
        'pass',
        'Memory: 212 MiB beside the baseline’s 208 MiB (+2 %), over 24 intervals. It is no worse.',
        212 * 2 ** 20,
        208 * 2 ** 20,
      ),
    ],
    notes: ['The first 120 s of each instance were left out, because it warms up.'],
    ...{ points: 24, fromSeconds: Date.now() / 1_000 - 400, toSeconds: Date.now() / 1_000 - 20 },
  },
})

const approval = { by: { subject: 'platform-2', name: 'Quentin Approver' }, at: ago(900), reason: 'Seen in staging' }
const request = { id: '3f0d8c3a-52b7-4a53-9b33-5d8f6e3b9a10', approversNeeded: 2, decision: null }
const actionsIn = (...may: string[]) =>
  ['pause', 'resume', 'abort', 'roll back'].map((kind) => ({ kind, refusal: may.includes(kind) ? null : 'Not now.' }))
const rollout = {
  ...{ id: 'c1f4b7a2-70f1-4b0a-8f1e-2f6f0f6f7c55', number: 4_711, image, environment: 'production', by },
  ...{ reason: 'Fewer bytes for each series', createdAt: ago(1_200), startedAt: ago(850), endedAt: null },
  ...{ phase: 'running', wave: { index: 0, name: 'canary', count: 3 }, holding: null, paused: null, ending: null },
  ...{ plan, planSha256: 'b7'.repeat(32), expiresAt: ago(-80_000), verdicts: [], unread: [], observedAt: ago(2) },
  ...{
    previousImage: { ...image, version: '0.2.0' },
    words: 'In the wave canary 1 of 2 instances runs the candidate and is ready.',
  },
  ...{ waves: waves('running', 1), groups: groups(['candidate', 'starts', 'ends']) },
  request: {
    ...request,
    state: 'approved',
    approvals: [approval, { ...approval, by: { subject: 'x', name: 'Ruth Second' } }],
  },
  actions: actionsIn('pause', 'abort', 'roll back'),
}

/** A rollout in each state that its page must show right: what its view has, and what differs from one that runs. */
export const rolloutStates = {
  runs: rollout,
  waits: {
    ...{ ...rollout, phase: 'waiting', wave: null, startedAt: null, observedAt: null, groups: [] },
    words: 'It waits for approval, at most until 2026-12-04 12:00 UTC.',
    waves: waves('waiting', 0).map((each) => ({ ...each, total: 0 })),
    request: { ...request, state: 'pending', approvals: [approval] },
    actions: actionsIn('abort'),
  },
  'aws-away': {
    ...{ ...rollout, observedAt: ago(320), holding: 'Could not read gateway-canary from Auto Scaling.' },
    words: 'It holds. Could not read gateway-canary from Auto Scaling.',
    unread: ['gateway-canary could not be read: AWS does not answer.'],
  },
  inconclusive: {
    ...{ ...rollout, verdicts: [verdict('inconclusive')], holding: `Not decided yet. ${silence}` },
    ...{
      words: `It holds. Not decided yet. ${silence}`,
      waves: waves('judging', 2),
      groups: groups(['candidate', 'silent']),
    },
  },
  'rolls-back': {
    ...{
      ...rollout,
      phase: 'rolling back',
      verdicts: [verdict('fail')],
      words: `It rolls back: The canary fails. ${slower}`,
    },
    ...{
      ending: { by: null, reason: `The canary fails. ${slower}` },
      waves: waves('rolling back', 1),
      actions: actionsIn(),
    },
  },
  'rollback-failed': {
    ...{
      ...rollout,
      phase: 'rollback failed',
      endedAt: ago(30),
      verdicts: [verdict('fail')],
      waves: waves('failed', 0),
    },
    words: `Its rollback failed, and nothing touches its groups any more. It rolled back: The canary fails. ${slower}`,
    ending: { by: null, reason: `The canary fails. ${slower}` },
    actions: actionsIn(),
  },
}

const minutes = Array.from({ length: 26 }, (_, i) => Math.floor(Date.now() / 15_000) * 15 - (26 - i) * 15)
/** The answers of a page of one of them. */
export const answersOf = (state: keyof typeof rolloutStates) => ({
  'rollout.get': rolloutStates[state],
  'rollout.charts': [
    {
      ...{ figure: 'firstByteP99Seconds', title: 'time to first byte (p99)', unit: 's' },
      points: minutes.map((t, i) => ({
        t,
        canary: i < 4 ? null : 0.038 + (i % 5) / 1_000,
        baseline: 0.029 + (i % 3) / 1_000,
      })),
    },
    {
      ...{ figure: 'memoryBytes', title: 'memory', unit: 'bytes' },
      points: minutes.map((t, i) => ({ t, canary: i < 4 ? null : (205 + i / 4) * 2 ** 20, baseline: 208 * 2 ** 20 })),
    },
  ],
  'rollout.events': {
    items: [
      { position: 3, at: ago(600), kind: 'wave started', words: 'The wave canary starts: gateway-canary.', by: null },
      { position: 2, at: ago(850), kind: 'started', words: 'The rollout was approved and starts.', by: null },
      { position: 1, at: ago(1_200), kind: 'asked', words: 'Fewer bytes for each series', by },
    ],
    nextCursor: null,
  },
})

/** The list with the open ones. */
export const listAnswers = {
  'rollout.list': {
    items: (['runs', 'inconclusive', 'rolls-back', 'waits'] as const).map((state, i) => ({
      ...{ ...rolloutStates[state], id: `${i}`, number: 4_711 - i },
    })),
    nextCursor: null,
  },
  'rollout.targets': { targets: plan.targets.map((target) => ({ ...target, image: 'gateway' })), missing: null },
}

const tooShort = {
  ...{ kind: 'bake too short', group: null },
  reason: 'The wave canary bakes for 10 s. The judge needs at least 870 s until it can pass it.',
  remedy: 'Let it bake for at least 870 s, or ask the judge for fewer or shorter intervals.',
}
const noGroup = 'Choose at least one group, or remove the wave.'
const notCanary = (name: string) =>
  `${name} is of the ring fleet. The first wave has only groups of the ring canary: move it to a later one.`
/** What the API says of a plan: that of the form as it begins, or one that was edited. */
export const draftOf = (edited: typeof plan = plan) => ({
  ...{ plan: edited, planSha256: 'b7'.repeat(32), approversNeeded: 2, groups: rollout.groups },
  blocks: (edited.waves[0]?.bakeSeconds ?? 0) < 870 ? [tooShort] : [],
  faults: edited.waves.flatMap(({ maxHealthyPercent, groups: of }, i) => [
    ...(maxHealthyPercent <= 200
      ? []
      : [{ path: ['waves', i, 'maxHealthyPercent'], message: 'Enter a whole number from 100 to 200 %.' }]),
    ...(of.length > 0 ? [] : [{ path: ['waves', i, 'groups'], message: noGroup }]),
    ...of.flatMap((name, j) =>
      i > 0 || name === 'gateway-canary' ? [] : [{ path: ['waves', 0, 'groups', j], message: notCanary(name) }],
    ),
  ]),
  preview: edited.waves.map(({ name, groups: of, bakeSeconds }) => ({
    ...{ wave: name, secondsAtLeast: 180 + bakeSeconds },
    groups: groups(['before', 'before'])
      .filter((each) => of.includes(each.group))
      .map(({ group: groupName, instances }) => ({
        ...{ group: groupName, replaces: instances, keeps: [], stopsAfter: [Math.ceil(instances.length / 2)] },
        steps: instances.map(() => ({ replaced: 1, inServiceMin: instances.length })),
        words: [`All ${instances.length} stay in service: each new instance is ready before an old one ends.`],
      })),
  })),
})

/** The request for the rollout in the inbox, which one of two people approved. */
export const requestAnswer = {
  ...{ id: request.id, tenantId: 'tickwatch', tenantName: 'Tickwatch', plan: 'platform', state: 'pending', by },
  ...{ createdAt: ago(1_200), reason: rollout.reason, kind: 'rollout', slo: null, maintenance: null, limits: {} },
  ...{ changes: [], outside: [], endsAt: null, boostSeconds: null, decision: null, approved: null, messages: [] },
  ...{ approversNeeded: 2, approvals: [approval], mayNotDecide: null, envelope: {}, use: [], similar: [] },
  ...{ fleetTotal: { before: 0, after: 0, used: null, capacity: null }, appliedRevision: null },
  rollout: {
    ...{ rolloutId: rollout.id, number: rollout.number, image, environment: 'production', approversNeeded: 2 },
    ...{ waves: plan.waves.map(({ name, groups: of }) => ({ name, groups: of })), sha256: 'c4'.repeat(32) },
  },
}
