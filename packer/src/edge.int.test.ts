import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { peerSpiffeId } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { edgeScrape } from '../../local/src/parts/envoy/edgeMetrics.ts'
import { openCertificateAuthority } from '../../local/src/parts/pki.ts'
import type { CertificateFiles } from '../../local/src/platform/localState.ts'
import { freePort } from '../../local/src/process/ports.ts'
import { type Running, startProcess } from '../../local/src/process/processes.ts'
import { tools } from '../../local/src/process/tools.ts'
import { answers, until } from '../../local/src/process/until.ts'
import { type EnvoyUpstream, openEnvoyUpstream } from '../../local/src/testing/envoyUpstream.ts'
import { edgeDir, instancePorts } from './settings.ts'
import { fill, localSigner } from './testing/localSigner.ts'

const trustDomain = 'games.example'
let dir: string
let configuration: string
let ports: Record<keyof typeof instancePorts, number>
let certificate: ReturnType<typeof localSigner>
let writer: CertificateFiles
let lookalike: CertificateFiles
let gateway: EnvoyUpstream
let envoy: Running

const at = (...names: string[]) => join(dir, ...names)
const caFile = () => at('pki', 'ca.pem')
const admin = (path: string) => `http://127.0.0.1:${ports.envoyAdmin}${path}`

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tickwatch-edge-'))
  const ca = await openCertificateAuthority(at('pki'))
  const issue = (name: string, domain: string) =>
    ca.issue({ path: name, usage: 'client', uri: peerSpiffeId(domain, 'acme', 'writer', 'agent') })
  writer = await issue('writer', trustDomain)
  lookalike = await issue('lookalike', 'gamesXexample')
  certificate = localSigner(at('programs'), at('pki'))
  await certificate(at('identity'), 'DNS:localhost', 1, 3)
  gateway = await openEnvoyUpstream(dir, 'i-0123', () => {})

  await fill('edge', at('edge'), { TRUST_DOMAIN: trustDomain, GATEWAY_ID: 'i-0123' })
  const free = await Promise.all(Object.keys(instancePorts).map(async (name) => [name, await freePort()]))
  ports = { ...Object.fromEntries(free), gateway: gateway.upstream.httpPort }
  // An instance has its places and ports for itself. A test has others.
  for (const name of readdirSync(at('edge'))) {
    let text = readFileSync(at('edge', name), 'utf8')
      .replaceAll(edgeDir, at('edge'))
      .replaceAll('/var/lib/tickwatch/identity/edge', at('identity'))
      .replaceAll('/run/tickwatch-gateway/gateway.sock', gateway.upstream.socket)
      .replaceAll('0.0.0.0', '127.0.0.1')
    for (const [which, port] of Object.entries(instancePorts)) {
      text = text.replaceAll(`"port_value": ${port}`, `"port_value": ${ports[which as keyof typeof ports]}`)
    }
    writeFileSync(at('edge', name), text)
  }
  configuration = at('edge', 'envoy.json')
  envoy = await startProcess({
    name: 'envoy',
    command: tools().envoy,
    args: ['--config-path', configuration, '--log-level', 'warning', '--concurrency', '2', '--disable-hot-restart'],
    logFile: at('envoy.log'),
    ready: () => answers(admin('/ready')),
  })
  await until('the gateway is healthy', async () => (await health()) === 200)
})
afterAll(async () => {
  await envoy?.stop()
  gateway?.close()
  rmSync(dir, { recursive: true, force: true })
})

const health = async () => (await fetch(`http://127.0.0.1:${ports.health}/ready`)).status

/** Sends a write. Resolves with the status, and the fingerprint of the certificate that Envoy presented on that connection. */
function write(by: CertificateFiles, agent: Agent | false = false) {
  return new Promise<{ status: number; presented: string; reused: boolean }>((resolve, reject) => {
    const call = request(`https://localhost:${ports.writers}/api/v1/write`, {
      ...{ method: 'POST', agent, ca: readFileSync(caFile()) },
      ...{ cert: readFileSync(by.cert), key: readFileSync(by.key) },
    })
    call.on('response', (response) => {
      const presented = (response.socket as TLSSocket).getPeerCertificate().fingerprint256
      response.resume().on('end', () => {
        resolve({ status: response.statusCode ?? 0, presented, reused: call.reusedSocket })
      })
    })
    call.on('error', reject).end('body')
  })
}

describe.runIf(process.platform === 'linux')('Envoy with the settings of the image', () => {
  it('accepts them', async () => {
    const { stderr } = await promisify(execFile)(tools().envoy, ['--mode', 'validate', '-c', configuration])
    expect(stderr).not.toMatch(/\[(warning|error|critical)\]/)
  })

  it('admits the writers of its trust domain, and not those of one that looks like it', async () => {
    expect(await write(writer)).toMatchObject({ status: 204 })
    expect(gateway.state.seen.at(-1)?.['x-forwarded-client-cert']).toContain(
      `URI=spiffe://${trustDomain}/tenant/acme/writer/agent`,
    )
    await expect(write(lookalike)).rejects.toThrow()
  })

  it('presents a renewed certificate on new connections, and refuses nothing on those that are open', async () => {
    const current = () => new X509Certificate(readFileSync(at('identity/current/cert.pem')))
    const exported = async () => {
      const [filter = ''] = edgeScrape.params.filter
      const text = await (await fetch(admin(`/stats/prometheus?filter=${encodeURIComponent(filter)}`))).text()
      const lines = text.matchAll(/^envoy_listener_ssl_certificate_expiration_unix_time_seconds\{(.*)\} (\d+)$/gm)
      return Object.fromEntries(
        [...lines].map(([, labels = '', seconds]) => [
          ['listener_address', 'tls_certificate']
            .map((name) => labels.split(`envoy_${name}="`)[1]?.split('"')[0])
            .join(),
          Number(seconds),
        ]),
      )
    }
    const expiries = ({ validToDate }: X509Certificate) => ({
      'writers,server': validToDate.getTime() / 1_000,
      'readers,server': validToDate.getTime() / 1_000,
      'writers,authority': new X509Certificate(readFileSync(caFile())).validToDate.getTime() / 1_000,
    })
    const open = new Agent({ keepAlive: true, maxSockets: 1 })
    const old = current()
    expect(await write(writer, open)).toMatchObject({ status: 204, presented: old.fingerprint256 })
    expect(await exported()).toEqual(expiries(old))

    const renewal = certificate(at('identity'), 'DNS:localhost', 4, 7)
    const statuses = new Set<number>()
    await until('new connections have the new certificate', async () => {
      const onOpen = await write(writer, open)
      const onNew = await write(writer)
      for (const { status } of [onOpen, onNew]) statuses.add(status)
      expect(onOpen).toMatchObject({ reused: true, presented: old.fingerprint256 })
      return onNew.presented !== old.fingerprint256
    })
    expect(await renewal).toBe('has a certificate of DNS:localhost')
    const renewed = current()
    expect(await write(writer)).toMatchObject({ status: 204, presented: renewed.fingerprint256 })
    expect(await write(writer, open)).toMatchObject({ status: 204, presented: old.fingerprint256, reused: true })
    expect([...statuses]).toEqual([204])
    expect(await exported()).toEqual(expiries(renewed))
    open.destroy()
  })

  it('tells the load balancer whether its gateway is ready, and nothing else', async () => {
    gateway.state.ready = false
    await until('the gateway is not healthy', async () => (await health()) === 503)
    gateway.state.ready = true
    await until('the gateway is healthy again', async () => (await health()) === 200)
    expect((await fetch(`http://127.0.0.1:${ports.health}/stats`)).status).toBe(404)
  })

  it('when it drains, answers each request and ends its connection, and tells the load balancer', async () => {
    const open = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await write(writer, open)).toMatchObject({ status: 204 })
    await fetch(admin('/healthcheck/fail'), { method: 'POST' })
    expect(await health()).toBe(503)
    expect(await write(writer, open)).toMatchObject({ status: 204, reused: true })
    expect(await write(writer, open)).toMatchObject({ status: 204, reused: false })
    await fetch(admin('/healthcheck/ok'), { method: 'POST' })
    open.destroy()
  })
})
