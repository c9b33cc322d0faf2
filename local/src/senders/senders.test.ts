// `npm run test:senders`: the senders that `npm test` does not have, as docs/senders.md sets them up and with no setting
// that has a default.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort } from '../process/ports.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'
import { useSenders } from './edge.ts'
import { otlpRound, otlpSeries } from './otlp.ts'
import { expectPrometheusLosesNothing } from './prometheus.ts'
import { startTarget } from './target.ts'

const at = useSenders()
const binary = (path: string) => join(root, '.cache/tools', path)
const hows = ['as documented', 'with its default settings'] as const

it.each(hows)('Prometheus 3 %s loses no sample, native histogram or stale marker, also if it is refused', (how) =>
  expectPrometheusLosesNothing(at, how, 'Prometheus 3', binary('prometheus3/prometheus'), ['--agent']),
)

// By default it offers its own protocol first.
it.each(hows)('vmagent %s loses no sample or stale marker, also if it is refused', async (how) => {
  const text = await startTarget(how)
  const { config, flags } = at.configured(how, 'vmagent', { targets: [text] })
  const port = await freePort()
  await at.start('vmagent', config, binary('vmagent/vmagent'), (file, dir) => [
    ...flags.map((flag) =>
      flag.replace('/etc/tickwatch/scrape.yml', file).replace('/var/lib/vmagent', join(dir, 'data')),
    ),
    `-httpListenAddr=127.0.0.1:${port}`,
  ])
  await at.refuseSender(429)
  await until('some scrapes', () => text.scrapes() > 5)
  await text.stop()

  await at.expectScraped(text)
  await at.expectStale(text.address)
  expect(await at.lost()).toEqual([])
})

it.each(hows)('the Collector %s loses no sample or exponential histogram, also if it is refused', async (how) => {
  const receiver = `127.0.0.1:${await freePort()}`
  const { config, flags } = at.configured(how, 'OpenTelemetry Collector', { receiver })
  await at.start('collector', config, binary('collector/build/collector'), (file) => [
    ...flags.map((flag) => flag.replace('/etc/tickwatch/collector.yml', file)),
    // Its own metrics are at port 8888, which another process may have.
    '--set=service.telemetry.metrics.level=none',
  ])
  const post = (body: string) =>
    fetch(`http://${receiver}/v1/metrics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await until('it receives', async () => (await post('{}')).ok)
  const instance = how === 'as documented' ? 'game-1' : 'game-2'
  const startMs = Date.now() - 60_000
  let rounds = 0
  let isRefused = false
  const sendRounds = async () => {
    while (!isRefused) expect((await post(otlpRound(++rounds, instance, startMs))).status).toBe(200)
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
