import { join } from 'node:path'
import { freePort } from '../process/ports.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'
import type { Configured } from './documented.ts'
import type { Senders } from './edge.ts'
import { startAgent } from './prometheus.ts'

// The senders that `npm run test:senders` builds.

const binary = (path: string) => join(root, '.cache/tools', path)
export const prometheus3 = binary('prometheus3/prometheus')

export const startPrometheus3 = (at: Senders, { config }: Configured) =>
  startAgent(at, config, prometheus3, ['--agent'])

export async function startVmagent(at: Senders, { config, flags }: Configured): Promise<void> {
  const port = await freePort()
  await at.start('vmagent', config, binary('vmagent/vmagent'), (file, dir) => [
    ...flags.map((flag) =>
      flag.replace('/etc/tickwatch/scrape.yml', file).replace('/var/lib/vmagent', join(dir, 'data')),
    ),
    `-httpListenAddr=127.0.0.1:${port}`,
  ])
}

/** @returns sends it a request of OTLP in JSON */
export async function startCollector(at: Senders, { config, flags }: Configured, receiver: string) {
  await at.start('collector', config, binary('collector/build/collector'), (file) => [
    ...flags.map((flag) => flag.replace('/etc/tickwatch/collector.yml', file)),
    // Its own metrics are at port 8888, which another process may have.
    '--set=service.telemetry.metrics.level=none',
  ])
  const post = async (body: string) => {
    const headers = { 'content-type': 'application/json' }
    const { status } = await fetch(`http://${receiver}/v1/metrics`, { method: 'POST', headers, body })
    if (status !== 200) throw new Error(`the Collector answered ${status}`)
  }
  await until('it receives', () => post('{}').then(() => true))
  return post
}
