import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../local/src/process/ports.ts'
import { startProcess } from '../../../local/src/process/processes.ts'
import { tools } from '../../../local/src/process/tools.ts'
import { answers } from '../../../local/src/process/until.ts'
import { instancePorts } from '../settings.ts'
import { fill } from './localSigner.ts'

export const region = 'us-east-1'
const unitFile = join(import.meta.dirname, '../../rootfs/gateway/etc/systemd/system/tickwatch-agent.service')

/** Answers as the gateway, Envoy and node exporter of an instance do, as far as the tests look at it. */
const instance = () =>
  createServer(({ url }, response) => {
    const ofEnvoy =
      'envoy_listener_ssl_certificate_expiration_unix_time_seconds{envoy_listener_address="writers",envoy_tls_certificate="server"} 1800000000\n'
    // Prometheus 3 scrapes nothing without it.
    response.setHeader('content-type', 'text/plain; charset=UTF-8')
    response.end(url?.startsWith('/stats/prometheus?filter=') ? ofEnvoy : 'tickwatch_policy_applied_version 7\n')
  })

/**
 * Starts the agent with the settings and the flags that it has in the image of a gateway, on other ports.
 * @param program Prometheus
 * @param changed makes other settings of those, and other flags
 */
export async function startImageAgent(
  program: string,
  ampEndpoint: string,
  accessKey: { id: string; secret: string },
  changed: { settings?: (text: string) => string; flags?: (flags: string) => string } = {},
): Promise<{ stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-agent-'))
  const scraped = instance()
  await new Promise<void>((resolve) => scraped.listen(0, '127.0.0.1', resolve))
  const { port } = scraped.address() as AddressInfo
  const stop = () => {
    scraped.close()
    scraped.closeAllConnections()
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await fill('agent', dir, {
      ...{ AWS_REGION: region, GATEWAY_ID: 'i-0123', GATEWAY_ZONE: `${region}b` },
      ...{ TICKWATCH_ENVIRONMENT: 'production', AMP_ENDPOINT: ampEndpoint },
    })
    const file = join(dir, 'agent.json')
    // So that the first samples come soon.
    let text = readFileSync(file, 'utf8').replaceAll(/("scrape_(?:interval|timeout)": )"5s"/g, '$1"1s"')
    for (const each of [instancePorts.gateway, instancePorts.envoyAdmin, instancePorts.nodeExporter]) {
      text = text.replace(`127.0.0.1:${each}`, `127.0.0.1:${port}`)
    }
    writeFileSync(file, changed.settings?.(text) ?? text)
    await promisify(execFile)(tools().promtool, ['check', 'config', '--agent', file])
    const ownPort = await freePort()
    const [, flags = ''] = /^ExecStart=\S+ (.+)$/m.exec(readFileSync(unitFile, 'utf8')) ?? []
    const own = flags
      .replace('%t/tickwatch-agent', dir)
      .replace('%S/tickwatch/agent', join(dir, 'data'))
      .replace('127.0.0.1:9090', `127.0.0.1:${ownPort}`)
    const running = await startProcess({
      name: 'agent',
      command: program,
      args: (changed.flags?.(own) ?? own).split(' '),
      env: { AWS_ACCESS_KEY_ID: accessKey.id, AWS_SECRET_ACCESS_KEY: accessKey.secret },
      logFile: join(dir, 'agent.log'),
      ready: () => answers(`http://127.0.0.1:${ownPort}/-/ready`),
    })
    return {
      async stop() {
        await running.stop()
        stop()
      },
    }
  } catch (cause) {
    stop()
    throw cause
  }
}

/** What is stored of the series that the tests look at, without its time. @param prometheusUrl of the storage */
export async function stored(prometheusUrl: string): Promise<object[]> {
  const query = '{__name__=~"tickwatch_.+"}'
  const answer = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = (await answer.json()) as { data: { result: { metric: object; value: [number, string] }[] } }
  return data.result.map(({ metric, value: [, value] }) => ({ ...metric, value }))
}

const of = (job: string) => ({
  ...{ tenant: 'tickwatch', job, instance: 'i-0123' },
  ...{ region, az: `${region}b`, cluster: 'production' },
})
/** All that is stored of that instance, in any order: what the portal's queries and the judge select by. */
export const expected: object[] = [
  ...['gateway', 'node'].map((job) => ({ __name__: 'tickwatch_policy_applied_version', ...of(job), value: '7' })),
  {
    ...{ __name__: 'tickwatch_certificate_expiry_timestamp_seconds', resource: 'writers' },
    ...{ ...of('edge'), value: '1800000000' },
  },
]
