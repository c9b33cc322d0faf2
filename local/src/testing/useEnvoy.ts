import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionHeader, type PeerRole, peerSpiffeId, probeSpiffeId } from '@tickwatch/policy'
import { afterAll, beforeAll } from 'vitest'
import { writeEndpoints } from '../parts/envoy/endpoints.ts'
import { startEnvoy } from '../parts/envoy/envoy.ts'
import { clusterNames } from '../parts/envoy/envoyListeners.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import type { CertificateFiles } from '../platform/localState.ts'
import { until } from '../process/until.ts'
import { askEnvoy, type EnvoyUpstream, openEnvoyUpstream } from './envoyUpstream.ts'

/** What a client may not claim. */
export const spoofed = {
  'x-forwarded-client-cert': 'Hash=0;URI=spiffe://tickwatch.local/tenant/globex/reader/forged',
  'x-scope-orgid': 'globex',
  'x-tickwatch-tenant': 'globex',
  [connectionHeader]: '1/1/1700000000000/1',
}

/** Starts Envoy before the tests of a file, with two upstreams in place of gateways. */
export function useEnvoy() {
  const gateways: EnvoyUpstream[] = []
  const arrived: IncomingHttpHeaders[] = []
  const edge = {
    dir: '',
    caFile: '',
    // Set before the tests.
    envoy: {} as Awaited<ReturnType<typeof startEnvoy>>,
    writer: {} as CertificateFiles,
    reader: {} as CertificateFiles,
    probe: {} as CertificateFiles,
    gateways,
    /** The headers of all requests that reached a gateway, in order. */
    arrived,
    async openGateway(id: string): Promise<EnvoyUpstream> {
      const gateway = await openEnvoyUpstream(edge.dir, id, (headers) => arrived.push(headers))
      gateways.push(gateway)
      return gateway
    },
    async issue(role: PeerRole, name: string): Promise<CertificateFiles> {
      const ca = await openCertificateAuthority(join(edge.dir, 'pki'))
      const uri = peerSpiffeId('tickwatch.local', 'acme', role, name)
      return ca.issue({ path: `${role}-${name}`, usage: 'client', uri })
    },
    ask: (url: string, certificate: CertificateFiles | null, headers: Record<string, string> = {}, method = 'GET') =>
      askEnvoy(url, edge.caFile, certificate, headers, method),
    send: (certificate: CertificateFiles | null, headers: Record<string, string> = {}) =>
      edge.ask(`${edge.envoy.url}/api/v1/write`, certificate, headers, 'POST'),
    query: (certificate: CertificateFiles | null, headers: Record<string, string> = {}) =>
      edge.ask(`${edge.envoy.readersUrl}/api/v1/query?query=up`, certificate, headers),
    /** How many gateways Envoy sees in this state. It is a whole number only if all clusters agree. */
    async hosts(state: 'healthy' | '/failed_active_hc'): Promise<number> {
      const text = await (await fetch(`${edge.envoy.adminUrl}/clusters`)).text()
      return (text.split(`health_flags::${state}`).length - 1) / Object.keys(clusterNames).length
    },
  }

  beforeAll(async () => {
    edge.dir = await mkdtemp(join(tmpdir(), 'tickwatch-envoy-'))
    const ca = await openCertificateAuthority(join(edge.dir, 'pki'))
    edge.caFile = ca.certFile
    edge.writer = await edge.issue('writer', 'agent')
    edge.reader = await edge.issue('reader', 'grafana')
    edge.probe = await ca.issue({ path: 'probe', usage: 'client', uri: probeSpiffeId('tickwatch.local', 'probe-1') })
    const first = await edge.openGateway('gateway-1')
    const second = await edge.openGateway('gateway-2')
    writeEndpoints(edge.dir, [first.upstream, second.upstream])
    edge.envoy = await startEnvoy({
      dir: edge.dir,
      caFile: edge.caFile,
      certificate: await ca.issue({ path: 'server', usage: 'server', dnsNames: ['localhost'] }),
    })
    await until('Envoy sends to both', async () => (await edge.hosts('healthy')) === 2)
  })
  afterAll(async () => {
    await edge.envoy.stop()
    for (const gateway of gateways) gateway.close()
    await rm(edge.dir, { recursive: true })
  })
  return edge
}
