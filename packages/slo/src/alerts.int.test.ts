import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startPrometheus } from '../../../local/src/parts/prometheus/prometheus.ts'
import { type RawSeries, rangeQuery, writeSamples } from '../../../local/src/testing/rawSamples.ts'
import { alertNames, compileSlo, type Definition, eventsMetric, replay } from './index.ts'
import { kinds } from './testing/kinds.ts'

/** Another Prometheus than that of the platform, for `npm run test:slo`. */
const command = process.env.SLO_PROMETHEUS
const stepSeconds = 60
const nowSeconds = Math.floor(Date.now() / 1_000 / stepSeconds) * stepSeconds
const startSeconds = nowSeconds - 180 * stepSeconds
const ends = Array.from({ length: 180 }, (_, i) => startSeconds + (i + 1) * stepSeconds)

let dir: string
let url: string
let stop = async () => {}
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-slo-'))
  const prometheus = await startPrometheus({ dir, outOfOrderWindow: '1d', ...(command ? { command } : {}) })
  url = prometheus.url
  stop = prometheus.stop
})
afterAll(async () => {
  await stop()
  await rm(dir, { recursive: true, force: true })
})

/** An outage, a slow burn in which a minute has no data, and a time without traffic. */
function eventsOf(step: number): readonly [bad: number, total: number] | null {
  if (step === 70) return null
  if (step >= 150) return [0, 0]
  if (step >= 20 && step < 26) return [50, 50]
  return [step >= 60 && step < 140 ? 3 : 0, 40]
}

it.each([0, 17.25])(
  'alerts fire in the minutes of the replay, if their group runs %d s after the minute',
  async (phase) => {
    const slo = `phase-${phase * 100}`
    const definition: Definition = { ...(kinds.ratio as Definition), id: slo, objective: 0.99, window: { days: 1 } }
    const steps = ends.flatMap((endSeconds, i) => {
      const each = eventsOf(i)
      return each ? [{ endSeconds, bad: each[0], total: each[1] }] : []
    })
    const recorded = (event: 'bad' | 'total'): RawSeries => ({
      labels: { __name__: eventsMetric, slo, tenant: 'acme', event },
      samples: steps.map((step) => [step.endSeconds + phase, step[event]]),
    })
    await writeSamples(url, [recorded('bad'), recorded('total')])
    const episodes = replay(definition, new Map([['', steps]]), { startSeconds, endSeconds: nowSeconds }, stepSeconds)
    for (const severity of ['page', 'ticket'] as const) {
      const own = episodes.filter(({ alert }) => alert === severity)
      expect(own.length).toBeGreaterThan(0)
      const rule = compileSlo(definition, 'acme', stepSeconds).rules.find(
        (each) => 'alert' in each && each.alert === alertNames[severity],
      )
      const [firing] = await rangeQuery(url, rule?.expr ?? '', (ends[0] ?? 0) + phase, nowSeconds + phase, stepSeconds)
      const expected = ends.filter((end) =>
        own.some(({ fromSeconds, toSeconds }) => end >= fromSeconds && end < (toSeconds ?? Infinity)),
      )
      expect(firing?.values.map(([at]) => at - phase)).toEqual(expected)
    }
  },
)
