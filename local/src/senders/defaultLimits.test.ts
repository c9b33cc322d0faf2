// `npm run test:senders`: senders with no setting that has a default, and a tenant with no limit of its own.
import { setInterval } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { freePort } from '../process/ports.ts'
import { until } from '../process/until.ts'
import { startCollector, startPrometheus3, startVmagent } from './built.ts'
import { useSenders } from './edge.ts'
import { largeOtlp, otlpRound, otlpSeries } from './otlp.ts'
import { startLargeTarget, startTarget } from './target.ts'

const at = useSenders({})
const how = 'with its default settings'

it.each([
  // 2,000 samples a request.
  { sender: 'Prometheus 3', start: startPrometheus3, series: 4_000, samplesMin: 1_000 },
  // 10,000 samples a request.
  { sender: 'vmagent', start: startVmagent, series: 19_500, samplesMin: 5_000 },
])('$sender sends its default batches at the default limits, and loses nothing', async (each) => {
  const target = await startLargeTarget(each.series)
  const { config, flags } = at.configured(how, each.sender, { targets: [target] })
  // So that it stays under 10,000 samples/s, the default limit.
  await each.start(at, { config: config.replace('scrape_interval: 200ms', 'scrape_interval: 5s'), flags })
  await until('some scrapes', () => target.scrapes() >= 3)
  await target.stop()

  await at.expectCount(target.address, each.series * target.scrapes())
  expect(await at.lost()).toEqual([])
  expect(await at.samplesPerRequest()).toBeGreaterThan(each.samplesMin)
})

it.each([
  { sender: 'Prometheus 3', start: startPrometheus3 },
  { sender: 'vmagent', start: startVmagent },
])('$sender loses no sample or stale marker while the gateway restarts', async ({ sender, start }) => {
  const target = await startTarget(how)
  await start(at, at.configured(how, sender, { targets: [target] }))
  await until('some scrapes', () => target.scrapes() > 5)
  await at.restartGateway()
  const before = target.scrapes()
  await until('more scrapes', () => target.scrapes() > before + 5)
  await target.stop()

  await at.expectScraped(target)
  await at.expectStale(target.address)
  expect(await at.lost()).toEqual([])
})

async function collector() {
  const receiver = `127.0.0.1:${await freePort()}`
  return startCollector(at, at.configured(how, 'OpenTelemetry Collector', { receiver }), receiver)
}
/** Of `target_info`, which it sends by default with all attributes of the resource as labels. */
const targetInfo = [expect.stringMatching('reason="label-name"')]

it('the Collector sends its default 3 MB at the default limits, and loses nothing', async () => {
  const post = await collector()
  const points = 30_000
  await post(largeOtlp(points, 'game-large'))

  await at.expectCount('game-large', points)
  expect(await at.lost()).toEqual(targetInfo)
  expect((await at.samplesPerRequest()) * bytesOfPoint).toBeGreaterThan(1_500_000)
})
const bytesOfPoint = 200

it('the Collector loses nothing while the gateway restarts', async () => {
  const post = await collector()
  const startMs = Date.now() - 60_000
  let rounds = 0
  let isBack = false
  const sendRounds = async () => {
    for await (const _ of setInterval(20)) {
      if (isBack) break
      await post(otlpRound(++rounds, 'game-restart', startMs))
    }
  }
  const restart = async () => {
    await until('some rounds', () => rounds > 5)
    await at.restartGateway()
  }
  const ended = restart().finally(() => {
    isBack = true
  })
  await Promise.all([ended, sendRounds()])

  await at.expectStored('game-restart', () => otlpSeries(rounds))
  expect(await at.lost()).toEqual(targetInfo)
})
