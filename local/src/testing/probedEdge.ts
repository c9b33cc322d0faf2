import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { idDefaults, peerSpiffeId, probeSpiffeId } from '@tickwatch/policy'
import { afterAll, beforeAll } from 'vitest'
import { TestGateway } from '../../../apps/gateway/src/testing/testGateway.ts'
import { type Amp, startAmp } from '../parts/amp/amp.ts'
import { writeEndpoints } from '../parts/envoy/endpoints.ts'
import { startEnvoy } from '../parts/envoy/envoy.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { startPrometheus } from '../parts/prometheus/prometheus.ts'
import type { CertificateFiles } from '../platform/localState.ts'
import { freePort } from '../process/ports.ts'

const { trustDomain } = idDefaults
const workspaceId = 'ws-test'

/** What AMP does with requests: `lose` answers a write as if it was stored. */
type AmpFaults = { writes: 'store' | 'refuse' | 'lose'; queries: 'answer' | 'refuse' }

/** Envoy, two gateways, AMP's stand-in and its Prometheus, for the tests of one file. */
export function useProbedEdge(tenants: readonly string[]) {
  const faults: AmpFaults = { writes: 'store', queries: 'answer' }
  const gateways: TestGateway[] = []
  const certificates = new Map<string, CertificateFiles>()
  let envoy: Awaited<ReturnType<typeof startEnvoy>>
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>
  let amp: Amp
  let caFile = ''
  const proxy = createServer((request, response) => {
    forward(request, response, faults, amp.url).catch(() => response.destroy())
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const ampEndpoint = `http://127.0.0.1:${port}/workspaces/${workspaceId}`
    for (const gatewayId of ['gateway-1', 'gateway-2']) {
      const gateway = await TestGateway.create(openCertificateAuthority)
      gateway.settings = { ...gateway.settings, gatewayId, ampEndpoint, httpPort: await freePort() }
      gateways.push(gateway)
    }
    const { dir } = gateways[0] as TestGateway
    prometheus = await startPrometheus({ dir: join(dir, 'prometheus') })
    const { url: prometheusUrl, rulesDir } = prometheus
    // The credentials that `TestGateway` sets.
    const accessKeys = { test: 'test' }
    amp = await startAmp({ port: 0, prometheusUrl, region: 'us-east-1', accessKeys, workspaceId, rulesDir })
    const ca = await openCertificateAuthority(join(dir, 'edge'))
    caFile = ca.certFile
    const uris = {
      'probe-1': probeSpiffeId(trustDomain, 'probe-1'),
      'probe-2': probeSpiffeId(trustDomain, 'probe-2'),
      agent: peerSpiffeId(trustDomain, 'tickwatch', 'writer', 'agent'),
      grafana: peerSpiffeId(trustDomain, 'acme', 'reader', 'grafana'),
    }
    for (const [path, uri] of Object.entries(uris)) {
      certificates.set(path, await ca.issue({ path, usage: 'client', uri }))
    }
    writeEndpoints(
      dir,
      gateways.map(({ settings }) => ({
        id: settings.gatewayId,
        socket: settings.socket,
        httpPort: settings.httpPort,
      })),
    )
    await Promise.all(gateways.map((gateway) => gateway.startWith(tenants.map((id) => ({ id })))))
    envoy = await startEnvoy({
      dir,
      caFile,
      certificate: await ca.issue({ path: 'server', usage: 'server', dnsNames: ['localhost'] }),
    })
  })
  afterAll(async () => {
    await envoy?.stop()
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await amp?.stop()
    await prometheus?.stop()
    await Promise.all(gateways.map((gateway) => gateway.remove()))
    await new Promise((resolve) => proxy.close(resolve).closeAllConnections())
  })

  return {
    faults,
    gateways,
    dir: () => (gateways[0] as TestGateway).dir,
    caFile: () => caFile,
    certificate: (name: 'probe-1' | 'probe-2' | 'agent' | 'grafana') => certificates.get(name) as CertificateFiles,
    writersUrl: () => envoy.url,
    readersUrl: () => envoy.readersUrl,
    /** Asks the Prometheus behind AMP. @returns the value of each series, by its labels as JSON with their names in order */
    async stored(promql: string): Promise<Record<string, number>> {
      const response = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query: promql })}`)
      const { data } = (await response.json()) as {
        data: { result: { metric: Record<string, string>; value?: [number, string] }[] }
      }
      return Object.fromEntries(data.result.map(({ metric, value }) => [JSON.stringify(metric), Number(value?.[1])]))
    },
  }
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  faults: AmpFaults,
  ampUrl: string,
): Promise<void> {
  const isWrite = request.url?.endsWith('/remote_write')
  if (isWrite ? faults.writes === 'refuse' : faults.queries === 'refuse') {
    request.resume()
    response.writeHead(503).end()
    return
  }
  if (isWrite && faults.writes === 'lose') {
    request.resume()
    response.writeHead(200).end()
    return
  }
  const { hostname, port } = new URL(ampUrl)
  // The signature is for the headers as they are.
  const { method, url: path, headers } = request
  const onward = httpRequest({ hostname, port, method, path, headers })
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    onward.once('response', resolve).once('error', reject),
  )
  await pipeline(request, onward)
  const answer = await answered
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  await pipeline(answer, response)
}
