// `npm run test:senders`: the senders that `npm test` does not have, as docs/senders.md sets them up.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort } from '../process/ports.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'
import { scraped, useSenders } from './edge.ts'
import { otlpRound, otlpSeries } from './otlp.ts'
import { expectPrometheusLosesNothing } from './prometheus.ts'
import { startTarget } from './target.ts'

const at = useSenders()
const binary = (path: string) => join(root, '.cache/tools', path)

it('Prometheus 3 as documented loses no sample, native histogram or stale marker, also if it is refused with 429', () =>
  expectPrometheusLosesNothing(at, 'Prometheus 3', binary('prometheus3/prometheus'), ['--agent']))

it.each([
  ['as documented', (flags: string[]) => flags],
  ['with its own protocol first', (flags: string[]) => flags.filter((flag) => flag !== '-remoteWrite.forcePromProto')],
])('vmagent %s loses no sample or stale marker, also if it is refused with 429', async (_how, change) => {
  const text = await startTarget()
  const { config, flags } = at.documented('vmagent', { targets: [text] })
  const port = await freePort()
  await at.start('vmagent', config, binary('vmagent/vmagent'), (file, dir) => [
    ...change(flags).map((flag) =>
      flag.replace('/etc/tickwatch/scrape.yml', file).replace('/var/lib/vmagent', join(dir, 'data')),
    ),
    `-httpListenAddr=127.0.0.1:${port}`,
  ])
  await at.refuseSender()
  await until('some scrapes', () => text.scrapes() > 5)
  await text.stop()

  await at.expectStored(text.address, scraped(text))
  await at.expectStale(text.address)
  expect(await at.lost()).toEqual([])
})

it('the Collector as documented loses no sample or exponential histogram, also if it is refused with 429', async () => {
  const receiver = `127.0.0.1:${await freePort()}`
  const { config, flags } = at.documented('OpenTelemetry Collector', { receiver })
  await at.start('collector', config, binary('collector/build/collector'), (file) =>
    flags.map((flag) => flag.replace('/etc/tickwatch/collector.yml', file)),
  )
  const post = (body: string) =>
    fetch(`http://${receiver}/v1/metrics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await until('it receives', async () => (await post('{}')).ok)
  const startMs = Date.now() - 60_000
  const rounds = 200
  const sendAll = async () => {
    for (let n = 1; n <= rounds; n++) expect((await post(otlpRound(n, 'game-1', startMs))).status).toBe(200)
  }
  await Promise.all([at.refuseSender(), sendAll()])

  await at.expectStored('game-1', otlpSeries(rounds))
  expect(await at.lost()).toEqual([])
})
