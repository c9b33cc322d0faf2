import { AwsUnavailable, type Series } from '@tickwatch/aws'
import { planSchema, stateSchema } from '@tickwatch/rollout'
import { describe, expect, it } from 'vitest'
import { figuresOf, type GatewayFigures } from '../../testing/figures.ts'
import { samplesQuery } from './evidence.queries.ts'
import { readEvidence, settledAt } from './evidence.ts'
import { createJudging } from './judging.ts'
import { nothingSeen } from './rollout.stored.ts'

const span = { fromSeconds: 15, toSeconds: 60, intervalSeconds: 15, stepSeconds: 15 }
const member = (id: string) => ({ id, readySeconds: 0 })

/** A store in which each gateway has these figures. */
const store = (figures: Readonly<Record<string, GatewayFigures | null>>) => {
  const asked: { promql: string; from: number; to: number }[] = []
  const range = async (promql: string, from: number, to: number, step: number) => {
    asked.push({ promql, from, to })
    return figuresOf(promql, { from, to, step }, (gateway) => figures[gateway] ?? null)
  }
  return { asked, range }
}

describe('the evidence', () => {
  it('is of the gateways with the ids of the instances, an interval for each step', async () => {
    const storage = store({ 'i-1': { errors: 3 }, 'i-2': { lost: 2, startSeconds: 7 } })
    const sides = await readEvidence(
      storage,
      { canary: [member('i-1')], baseline: [member('i-2'), member('i-3')] },
      span,
    )
    expect(storage.asked[0]?.promql).toContain('gateway=~"i-1|i-2|i-3"')
    const [one] = sides.canary
    expect(one?.intervals.map(({ endSeconds }) => endSeconds)).toEqual([15, 30, 45, 60])
    expect(one?.intervals[0]).toEqual({
      ...{ endSeconds: 15, samplesAdmitted: 30_000, samplesLost: 0, requests: 300, responses5xx: 3, responses429: 0 },
      ...{ firstByteP99Seconds: 0.01, cpuSeconds: 0.6, memoryBytes: 400 * 2 ** 20, restarts: 0 },
    })
    const lost = sides.baseline.map(({ intervals }) => intervals.map(({ samplesLost }) => samplesLost))
    // Nobody knows what was lost before the first interval.
    expect(lost).toEqual([[0, 2, 2, 2], []])
    expect(sides.baseline.map(({ intervals, readySeconds }) => [intervals.length, readySeconds])).toEqual([
      [4, 7],
      // One that reports nothing has no intervals, which is not the same as none of anything.
      [0, 0],
    ])
  })

  it('is none while no interval has settled since an instance was ready', async () => {
    const storage = store({ 'i-1': {} })
    const early = { ...span, fromSeconds: 75 }
    const { canary } = await readEvidence(storage, { canary: [member('i-1')], baseline: [] }, early)
    expect(canary).toEqual([{ id: 'i-1', readySeconds: 0, intervals: [] }])
    expect(storage.asked).toEqual([])
  })

  it('counts 529 like 429, because a gateway answers it in the place of that, and not as 5xx', async () => {
    const one = (labels: Record<string, string>, value: number): Series => ({ labels, points: [[15, value]] })
    const range = async (promql: string) => {
      if (promql.includes('gateway_samples')) return [one({ gateway: 'i-1', instance: 'a:1' }, 100)]
      if (!promql.includes('ingest_requests')) return []
      return ['204', '429', '529', '503'].map((code, i) => one({ instance: 'a:1', code }, 10 ** i))
    }
    const { canary } = await readEvidence({ range }, { canary: [member('i-1')], baseline: [] }, span)
    expect(canary[0]?.intervals).toMatchObject([
      { requests: 1_111, responses429: 110, responses5xx: 1_000, cpuSeconds: null, restarts: null },
    ])
  })

  it('a process that began again is a restart; another gateway at its address is not', async () => {
    const at = (labels: Record<string, string>, points: [number, number][]): Series => ({ labels, points })
    const range = async (promql: string) => {
      if (promql.includes('start_time')) {
        return [
          at({ instance: 'a:1' }, [
            [15, 1],
            [30, 1],
            [45, 40],
            [60, 55],
          ]),
        ]
      }
      if (!promql.includes('gateway_samples')) return []
      return [
        at({ instance: 'a:1', gateway: 'i-1' }, [
          [15, 100],
          [30, 100],
          [45, 100],
        ]),
        at({ instance: 'a:1', gateway: 'i-2' }, [[60, 100]]),
      ]
    }
    const { canary } = await readEvidence({ range }, { canary: [member('i-1'), member('i-2')], baseline: [] }, span)
    expect(canary.map(({ intervals }) => intervals.map(({ restarts }) => restarts))).toEqual([[0, 0, 1], [0]])
  })

  it('of a name with characters that mean something to PromQL is of that name', () => {
    expect(samplesQuery(['a.b|c"d\\'], 15)).toContain(String.raw`gateway=~"a\\.b\\|c\"d\\\\"`)
  })

  it('ends with an interval of which the store has everything', () => {
    expect([settledAt(69_999, 15), settledAt(70_000, 15), settledAt(84_999, 15)]).toEqual([45, 60, 60])
  })
})

describe('a verdict', () => {
  const target = { environment: 'test', region: 'eu-west-1', zones: ['eu-west-1a'], ring: 'fleet' }
  const judge = { warmUpSeconds: 0, failPointsMin: 10, passPointsMin: 10 }
  const plan = planSchema.parse({
    targets: [
      { ...target, group: 'canary' },
      { ...target, group: 'rest' },
    ],
    waves: [
      { name: 'canary', groups: ['canary'], judge },
      { name: 'rest', groups: ['rest'], judge: { ...judge, compares: false } },
    ],
  })
  const state = stateSchema.parse({ phase: 'running', previous: { canary: '1' } })
  const ready = {
    'i-1': { group: 'canary', isCandidate: true, readySeconds: 1_000 },
    'i-2': { group: 'rest', isCandidate: false, readySeconds: 0 },
    // It waits to be replaced, so it is neither.
    'i-3': { group: 'canary', isCandidate: false, readySeconds: 0 },
  }
  const rollout = { id: 'r-1', plan, state, seen: { ...nothingSeen(), ready } }
  const at = (seconds: number) => seconds * 1_000

  it('compares the wave’s candidates with what later waves run, and reads each interval once', async () => {
    const storage = store({ 'i-1': {}, 'i-2': {} })
    const judging = createJudging(storage)
    const early = await judging.judge(rollout, at(1_100))
    expect(early?.outcome).toBe('inconclusive')
    expect([early?.canary, early?.baseline].map((side) => side?.map(({ id }) => id))).toEqual([['i-1'], ['i-2']])
    expect((await judging.judge(rollout, at(1_200)))?.outcome).toBe('pass')
    expect(new Set(storage.asked.map(({ from, to }) => `${from} ${to}`))).toEqual(new Set(['990 1080', '1080 1185']))
    // Another process, which knows nothing, answers the same.
    expect(await createJudging(storage).judge(rollout, at(1_200))).toEqual(await judging.judge(rollout, at(1_200)))
  })

  it('fails a candidate that lost a sample', async () => {
    const verdict = await createJudging(store({ 'i-1': { lost: 1 }, 'i-2': {} })).judge(rollout, at(1_100))
    expect(verdict).toMatchObject({ outcome: 'fail', words: expect.stringContaining('One lost sample is too many') })
  })

  it('is none before an instance of the wave is ready with the candidate', async () => {
    const seen = { ...nothingSeen(), ready: { 'i-2': ready['i-2'] } }
    expect(await createJudging(store({})).judge({ ...rollout, seen }, at(1_100))).toBeNull()
  })

  it('holds if the store does not answer, and says that', async () => {
    const range = () => Promise.reject(new AwsUnavailable('AMP is away'))
    expect(await createJudging({ range }).judge(rollout, at(1_100))).toMatchObject({
      ...{ outcome: 'inconclusive', words: 'Nobody can judge the wave: the metrics store does not answer right now.' },
    })
  })
})
