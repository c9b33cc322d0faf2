// `npm run test:senders`: the senders that `npm test` does not have, as docs/senders.md sets them up and with no setting
// that has a default.
import { expect, it } from 'vitest'
import { freePort } from '../process/ports.ts'
import { until } from '../process/until.ts'
import { prometheus3, startCollector, startVmagent } from './built.ts'
import { useSenders } from './edge.ts'
import { otlpRound, otlpSeries } from './otlp.ts'
import { expectPrometheusLosesNothing } from './prometheus.ts'
import { startTarget } from './target.ts'

const at = useSenders()
const hows = ['as documented', 'with its default settings'] as const

it.each(hows)('Prometheus 3 %s loses no sample, native histogram or stale marker, also if it is refused', (how) =>
  expectPrometheusLosesNothing(at, how, 'Prometheus 3', prometheus3, ['--agent']),
)

// By default it offers its own protocol first.
it.each(hows)('vmagent %s loses no sample or stale marker, also if it is refused', async (how) => {
  const text = await startTarget(how)
  await startVmagent(at, at.configured(how, 'vmagent', { targets: [text] }))
  await at.refuseSender(429)
  await until('some scrapes', () => text.scrapes() > 5)
  await text.stop()

  await at.expectScraped(text)
  await at.expectStale(text.address)
  expect(await at.lost()).toEqual([])
})

it.each(hows)('the Collector %s loses no sample or exponential histogram, also if it is refused', async (how) => {
  const receiver = `127.0.0.1:${await freePort()}`
  const post = await startCollector(at, at.configured(how, 'OpenTelemetry Collector', { receiver }), receiver)
  const instance = how === 'as documented' ? 'game-1' : 'game-2'
  const startMs = Date.now() - 60_000
  let rounds = 0
  let isRefused = false
  const sendRounds = async () => {
    while (!isRefused) await post(otlpRound(++rounds, instance, startMs))
  }
  const refuse = async () => {
    await at.refuseSender(529).finally(() => {
      isRefused = true
    })
  }
  await Promise.all([refuse(), sendRounds()])

  await at.expectStored(instance, () => otlpSeries(rounds))
  // By default it also sends `target_info`, with all attributes of the resource as labels.
  const lost = how === 'as documented' ? [] : [expect.stringMatching('reason="label-name"')]
  expect(await at.lost()).toEqual(lost)
})
