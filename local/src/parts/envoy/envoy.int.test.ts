import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  connectionHeader,
  type PeerRole,
  peerSpiffeId,
  probeGatewayHeader,
  probePath,
  probeSpiffeId,
  readEdgeConnection,
} from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CertificateFiles } from '../../platform/localState.ts'
import { until } from '../../process/until.ts'
import { askEnvoy, type EnvoyUpstream, openEnvoyUpstream } from '../../testing/envoyUpstream.ts'
import { openCertificateAuthority } from '../pki.ts'
import { writeEndpoints } from './endpoints.ts'
import { startEnvoy } from './envoy.ts'
import { clusterNames } from './envoyListeners.ts'

let dir: string
let envoy: Awaited<ReturnType<typeof startEnvoy>>
let caFile: string
let writer: CertificateFiles
let reader: CertificateFiles
let probe: CertificateFiles
const gateways: EnvoyUpstream[] = []
/** The headers of all requests that reached a gateway, in order. */
const arrived: IncomingHttpHeaders[] = []

async function openGateway(id: string): Promise<EnvoyUpstream> {
  const gateway = await openEnvoyUpstream(dir, id, (headers) => arrived.push(headers))
  gateways.push(gateway)
  return gateway
}

const ask = (url: string, certificate: CertificateFiles | null, headers: Record<string, string> = {}, method = 'GET') =>
  askEnvoy(url, caFile, certificate, headers, method)
const send = (certificate: CertificateFiles | null, headers: Record<string, string> = {}) =>
  ask(`${envoy.url}/api/v1/write`, certificate, headers, 'POST')
const query = (certificate: CertificateFiles | null, headers: Record<string, string> = {}) =>
  ask(`${envoy.readersUrl}/api/v1/query?query=up`, certificate, headers)

/** What a client may not claim. */
const spoofed = {
  'x-forwarded-client-cert': 'Hash=0;URI=spiffe://tickwatch.local/tenant/globex/reader/forged',
  'x-scope-orgid': 'globex',
  'x-tickwatch-tenant': 'globex',
  [connectionHeader]: '1/1/1700000000000/1',
}

async function issue(role: PeerRole, name: string): Promise<CertificateFiles> {
  const ca = await openCertificateAuthority(join(dir, 'pki'))
  return ca.issue({
    path: `${role}-${name}`,
    usage: 'client',
    uri: peerSpiffeId('tickwatch.local', 'acme', role, name),
  })
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-envoy-'))
  const ca = await openCertificateAuthority(join(dir, 'pki'))
  caFile = ca.certFile
  writer = await issue('writer', 'agent')
  reader = await issue('reader', 'grafana')
  probe = await ca.issue({ path: 'probe', usage: 'client', uri: probeSpiffeId('tickwatch.local', 'probe-1') })
  const first = await openGateway('gateway-1')
  const second = await openGateway('gateway-2')
  writeEndpoints(dir, [first.upstream, second.upstream])
  envoy = await startEnvoy({
    dir,
    caFile,
    certificate: await ca.issue({ path: 'server', usage: 'server', dnsNames: ['localhost'] }),
  })
  await until('Envoy sends to both', async () => (await hosts('healthy')) === 2)
})
afterAll(async () => {
  await envoy.stop()
  for (const gateway of gateways) gateway.close()
  await rm(dir, { recursive: true })
})

it('a gateway sees a writer with the identity of its certificate, whatever its headers claim', async () => {
  expect(await send(writer, { ...spoofed, authorization: 'Bearer stolen' })).toBe(204)
  const headers = arrived.at(-1)
  expect(headers?.['x-forwarded-client-cert']).toMatch(
    /^Hash=[0-9a-f]{64};URI=spiffe:\/\/tickwatch\.local\/tenant\/acme\/writer\/agent$/,
  )
  expect(headers).not.toHaveProperty('x-scope-orgid')
  expect(headers).not.toHaveProperty('x-tickwatch-tenant')
  expect(headers).not.toHaveProperty('authorization')
})

it('a gateway is told when a request arrived, how long its handshake took and when its certificate expires', async () => {
  const told = async (certificate: CertificateFiles | null) => {
    const before = Date.now()
    expect(await query(certificate, { ...spoofed, authorization: 'Bearer mine' })).toBe(204)
    const connection = readEdgeConnection(arrived.at(-1)?.[connectionHeader])
    const took = Date.now() - before
    // The clock of Envoy's events is up to some milliseconds old.
    expect(connection?.arrivedAtMs).toBeGreaterThan(before - 1_000)
    expect(connection?.arrivedAtMs).toBeLessThanOrEqual(before + took)
    expect(connection?.handshakeMs).toBeGreaterThan(0)
    expect(connection?.handshakeMs).toBeLessThanOrEqual(took + 1_000)
    return connection
  }
  const first = await told(reader)
  expect(first?.certificateExpiresAt).toBe(new X509Certificate(readFileSync(reader.cert)).validToDate.getTime() / 1_000)
  const second = await told(null)
  expect(second?.certificateExpiresAt).toBeNull()
  expect(second?.id).not.toBe(first?.id)
})

it('a writer stays on one gateway, so that its series are counted once', async () => {
  const before = gateways.map((gateway) => gateway.state.seen.length)
  for (let i = 0; i < 10; i++) expect(await send(writer)).toBe(204)
  const reached = gateways.map((gateway, i) => gateway.state.seen.length - (before[i] ?? 0))
  expect(reached.toSorted((a, b) => a - b)).toEqual([0, 10])
})

it('the handshake refuses no certificate, a foreign CA, a gateway, and an identity that only looks similar', async () => {
  const ours = await openCertificateAuthority(join(dir, 'pki'))
  const foreign = await openCertificateAuthority(join(dir, 'foreign'))
  const uri = 'spiffe://tickwatch.local/tenant/acme/writer/agent'
  const before = arrived.length
  await expect(send(null)).rejects.toThrow()
  await expect(send(await foreign.issue({ path: 'acme', usage: 'client', uri }))).rejects.toThrow()
  for (const [path, wrong] of [
    ['gateway', 'spiffe://tickwatch.local/gateway/gateway-1'],
    ['domain', 'spiffe://tickwatchXlocal/tenant/acme/writer/agent'],
    ['longer', `${uri}/more`],
  ] as const) {
    await expect(send(await ours.issue({ path, usage: 'client', uri: wrong })), wrong).rejects.toThrow()
  }
  await expect(send(await ours.issue({ path: 'server-usage', usage: 'server', uri }))).rejects.toThrow()
  expect(arrived).toHaveLength(before)
})

it('the name of a writer or reader may be as long as the rest of the platform allows, and not longer', async () => {
  for (const name of ['Game.Server_1-a', 'ip-10-0-0-1.eu-central-1.compute.internal', 'a'.repeat(63)]) {
    expect(await send(await issue('writer', name)), name).toBe(204)
    expect(arrived.at(-1)?.['x-forwarded-client-cert']).toContain(`/tenant/acme/writer/${name}`)
    expect(await query(await issue('reader', name)), name).toBe(204)
    expect(arrived.at(-1)?.['x-forwarded-client-cert']).toContain(`/tenant/acme/reader/${name}`)
  }
  const before = arrived.length
  for (const name of ['a'.repeat(64), '-a', '.a']) {
    await expect(send(await issue('writer', name)), name).rejects.toThrow()
    await expect(query(await issue('reader', name)), name).rejects.toThrow()
  }
  expect(arrived).toHaveLength(before)
})

it('a gateway sees a reader with the identity of its certificate, and gets its token unchanged', async () => {
  expect(await query(reader, { ...spoofed, authorization: 'Bearer mine' })).toBe(204)
  const headers = arrived.at(-1)
  expect(headers?.['x-forwarded-client-cert']).toMatch(
    /^Hash=[0-9a-f]{64};URI=spiffe:\/\/tickwatch\.local\/tenant\/acme\/reader\/grafana$/,
  )
  expect(headers?.authorization).toBe('Bearer mine')
  expect(headers).not.toHaveProperty('x-scope-orgid')
  expect(headers).not.toHaveProperty('x-tickwatch-tenant')
})

it('a reader without a certificate cannot claim the identity of one, whatever it sends', async () => {
  expect(await query(null, { ...spoofed, authorization: 'Bearer mine' })).toBe(204)
  expect(arrived.at(-1)).not.toHaveProperty('x-forwarded-client-cert')
  expect(arrived.at(-1)?.authorization).toBe('Bearer mine')
  expect(arrived.at(-1)).not.toHaveProperty('x-scope-orgid')
})

it('a writer cannot read, a reader cannot write, and others can do neither: Envoy ends their connections', async () => {
  const ours = await openCertificateAuthority(join(dir, 'pki'))
  const foreign = await openCertificateAuthority(join(dir, 'foreign'))
  const uri = 'spiffe://tickwatch.local/tenant/acme/reader/grafana'
  const before = arrived.length
  await expect(query(writer)).rejects.toThrow()
  await expect(send(reader)).rejects.toThrow()
  await expect(query(await foreign.issue({ path: 'reader', usage: 'client', uri }))).rejects.toThrow()
  const longer = await ours.issue({ path: 'longer-reader', usage: 'client', uri: `${uri}/more` })
  await expect(query(longer, { authorization: 'Bearer mine' })).rejects.toThrow()
  expect(arrived).toHaveLength(before)
})

it('each listener serves only its own paths', async () => {
  const before = arrived.length
  for (const path of [
    ...['/api/v1/write', '/api/v1/query/', '/api/v1/status/config', '/api/v1/metadata', '/metrics', '/ready', '/'],
    ...['/api/v1/label/a/b/values', '/api/v1/label/a%2Fb/values', '/api/v1/admin/tsdb/delete_series', '//api/v1/x'],
    '/api/v1/query/../write',
  ]) {
    const status = await ask(`${envoy.readersUrl}${path}`, reader, {}, 'POST')
    expect([400, 404], path).toContain(status)
  }
  expect(await ask(`${envoy.readersUrl}/api/v1/query`, reader, {}, 'DELETE')).toBe(404)
  expect(await ask(`${envoy.readersUrl}/api/v1/label/job/values`, reader, {}, 'POST')).toBe(404)
  expect(await ask(`${envoy.url}/api/v1/query`, writer)).toBe(404)
  expect(arrived).toHaveLength(before)
  const formPaths = ['query', 'query_range', 'series', 'labels', 'query_exemplars', 'format_query', 'parse_query']
  const getOnly = ['label/job/values', 'status/buildinfo', 'features', 'rules', 'alerts', 'metadata']
  const answers = (path: string, method: string) => ask(`${envoy.readersUrl}/api/v1/${path}`, reader, {}, method)
  for (const path of [...formPaths, ...getOnly]) expect(await answers(`${path}?match[]=up`, 'GET'), path).toBe(204)
  for (const path of formPaths) expect(await answers(path, 'POST'), path).toBe(204)
})

it('a query that its gateway can no longer answer is answered by another, and a write is not sent twice', async () => {
  const [first, second] = gateways as [EnvoyUpstream, EnvoyUpstream]
  first.state.dies = true
  const before = first.state.seen.length
  for (const method of ['GET', 'POST', 'GET', 'POST', 'GET', 'POST']) {
    expect(await ask(`${envoy.readersUrl}/api/v1/query?query=up`, reader, {}, method)).toBe(204)
  }
  expect(first.state.seen.length).toBeGreaterThan(before)

  second.state.dies = true
  const allBefore = arrived.length
  expect(await send(writer)).toBe(503)
  expect(arrived).toHaveLength(allBefore + 1)
  expect(await query(reader)).toBe(503)
  expect(arrived).toHaveLength(allBefore + 4)
  for (const { state } of gateways) state.dies = false
})

it('readers may speak HTTP/2', async () => {
  const session = connect(envoy.readersUrl, { ca: readFileSync(caFile) })
  const headers = { ':path': '/api/v1/labels', authorization: 'Bearer mine' }
  const status = await new Promise((resolve, reject) => {
    session.once('error', reject)
    session
      .request(headers)
      .once('error', reject)
      .once('response', (answer) => resolve(answer[':status']))
      .end()
  })
  session.close()
  expect(status).toBe(204)
  expect(arrived.at(-1)?.authorization).toBe('Bearer mine')
})

it('a gateway that joins or leaves the file while Envoy runs gets or loses its writers, and only those move', async () => {
  const names = Array.from({ length: 24 }, (_, i) => `host-${i}`)
  const certificates = await Promise.all(names.map((name) => issue('writer', name)))
  /** The gateway that each writer reaches. */
  const reached = async () => {
    const ids: (string | undefined)[] = []
    for (const certificate of certificates) {
      const before = gateways.map(({ state }) => state.seen.length)
      expect(await send(certificate)).toBe(204)
      ids.push(gateways.find(({ state }, i) => state.seen.length > (before[i] as number))?.upstream.id)
    }
    return ids
  }
  const [first, second] = gateways as [EnvoyUpstream, EnvoyUpstream]
  const withTwo = await reached()
  expect(new Set(withTwo)).toEqual(new Set(['gateway-1', 'gateway-2']))

  const third = await openGateway('gateway-3')
  writeEndpoints(dir, [first.upstream, second.upstream, third.upstream])
  await until('Envoy sends to three', async () => (await hosts('healthy')) === 3, { seconds: 10 })
  const withThree = await reached()
  const joined = withThree.filter((id) => id === 'gateway-3').length
  expect(joined).toBeGreaterThan(0)
  expect(withThree.filter((id, i) => id !== withTwo[i])).toHaveLength(joined)
  for (let i = 0; i < 30; i++) expect(await query(reader)).toBe(204)
  expect(third.state.seen.length).toBeGreaterThan(joined)

  // The first gateway leaves the file although it is ready. Its requests in flight must be answered.
  writeEndpoints(dir, [second.upstream, third.upstream])
  await until('Envoy sends to the others', async () => (await hosts('healthy')) === 2, { seconds: 10 })
  const before = first.state.seen.length
  const withoutFirst = await reached()
  const left = withThree.filter((id) => id === 'gateway-1').length
  expect(withoutFirst.filter((id, i) => id !== withThree[i])).toHaveLength(left)
  for (let i = 0; i < 30; i++) expect(await query(reader)).toBe(204)
  expect(first.state.seen).toHaveLength(before)

  writeEndpoints(dir, [first.upstream, second.upstream])
  await until('Envoy sends to the first again', async () => (await reached()).join() === withTwo.join())
})

/** How many gateways Envoy sees in this state. It is a whole number only if all clusters agree. */
const hosts = async (state: 'healthy' | '/failed_active_hc') => {
  const text = await (await fetch(`${envoy.adminUrl}/clusters`)).text()
  return (text.split(`health_flags::${state}`).length - 1) / Object.keys(clusterNames).length
}

describe('a probe', () => {
  const write = (gateway: string | null, certificate = probe) =>
    ask(
      `${envoy.url}${probePath('acme', 'write')}`,
      certificate,
      { ...spoofed, ...(gateway ? { [probeGatewayHeader]: gateway } : {}) },
      'POST',
    )
  const read = (gateway: string | null, certificate: CertificateFiles | null = probe) =>
    ask(`${envoy.readersUrl}${probePath('acme', 'query')}?time=1`, certificate, {
      ...spoofed,
      authorization: 'Bearer mine',
      ...(gateway ? { [probeGatewayHeader]: gateway } : {}),
    })

  it('reaches the gateway that it names, as the probe that it is', async () => {
    for (const { upstream, state } of [...gateways.slice(0, 2), ...gateways.slice(0, 2)]) {
      for (const send of [write, read]) {
        const before = [state.seen.length, arrived.length]
        expect(await send(upstream.id)).toBe(204)
        expect([state.seen.length, arrived.length]).toEqual(before.map((count) => count + 1))
        const headers = arrived.at(-1)
        expect(headers?.['x-forwarded-client-cert']).toMatch(
          /^Hash=[0-9a-f]{64};URI=spiffe:\/\/tickwatch\.local\/probe\/probe-1$/,
        )
        expect(headers).not.toHaveProperty(probeGatewayHeader)
        expect(headers).not.toHaveProperty('x-tickwatch-tenant')
      }
    }
  })

  it('is told at once that there is no such gateway, or that it is not ready', async () => {
    const [first] = gateways as [EnvoyUpstream, EnvoyUpstream]
    const before = arrived.length
    for (const gateway of ['gateway-99', null]) {
      expect(await write(gateway)).toBe(503)
      expect(await read(gateway)).toBe(503)
    }
    first.state.ready = false
    await until('Envoy saw it drain', async () => (await hosts('/failed_active_hc')) === 1)
    expect(await write(first.upstream.id)).toBe(503)
    expect(await read(first.upstream.id)).toBe(503)
    expect(arrived).toHaveLength(before)
    first.state.ready = true
    await until('Envoy took it back', async () => (await hosts('healthy')) === 2)
  })

  it('is the only one that its routes are for', async () => {
    const before = arrived.length
    expect(await write('gateway-1', writer)).toBe(404)
    expect(await read('gateway-1', reader)).toBe(404)
    expect(await read('gateway-1', null)).toBe(404)
    for (const name of ['a'.repeat(64), '-a', 'a/b']) {
      const ca = await openCertificateAuthority(join(dir, 'pki'))
      const uri = probeSpiffeId('tickwatch.local', name)
      const other = await ca.issue({ path: 'other-probe', usage: 'client', uri })
      await expect(write('gateway-1', other), name).rejects.toThrow()
      await expect(read('gateway-1', other), name).rejects.toThrow()
    }
    expect(arrived).toHaveLength(before)
  })

  it('a writer that names a gateway is sent to its own nevertheless', async () => {
    const before = gateways.map((gateway) => gateway.state.seen.length)
    for (const { upstream } of gateways) expect(await send(writer, { [probeGatewayHeader]: upstream.id })).toBe(204)
    const reached = gateways.map((gateway, i) => gateway.state.seen.length - (before[i] ?? 0))
    expect(reached.filter((requests) => requests > 0)).toEqual([gateways.length])
  })
})

it('one ready gateway of three serves every request, and when none is ready they answer nevertheless', async () => {
  const all = gateways as [EnvoyUpstream, EnvoyUpstream, EnvoyUpstream]
  writeEndpoints(
    dir,
    all.map(({ upstream }) => upstream),
  )
  const [first, ...others] = all
  for (const { state } of others) state.ready = false
  await until('Envoy sends to one', async () => (await hosts('/failed_active_hc')) === 2)
  const before = others.map(({ state }) => state.seen.length)
  for (let i = 0; i < 10; i++) expect(await query(reader)).toBe(204)
  expect(others.map(({ state }) => state.seen.length)).toEqual(before)

  first.state.ready = false
  await until('Envoy sees none ready', async () => (await hosts('/failed_active_hc')) === 3)
  expect(await query(reader)).toBe(204)
  expect(await send(writer)).toBe(204)

  for (const { state } of all) state.ready = true
  writeEndpoints(dir, [all[0].upstream, all[1].upstream])
  await until('Envoy sends to two', async () => (await hosts('healthy')) === 2)
})

it('no request is lost when a gateway drains or is killed', async () => {
  const [first, second] = gateways as [EnvoyUpstream, EnvoyUpstream]
  first.state.ready = false
  await until('Envoy saw it drain', async () => (await hosts('/failed_active_hc')) === 1)
  const before = first.state.seen.length
  for (let i = 0; i < 10; i++) {
    expect(await send(writer)).toBe(204)
    expect(await query(reader)).toBe(204)
  }
  expect(first.state.seen).toHaveLength(before)
  first.state.ready = true
  await until('Envoy took it back', async () => (await hosts('healthy')) === 2)
  // The second gateway is killed. Until the next health check its connections fail, and Envoy retries on the other.
  second.socket.closeAllConnections()
  await new Promise((resolve) => second.socket.close(resolve))
  for (let i = 0; i < 10; i++) {
    expect(await send(writer)).toBe(204)
    expect(await query(reader)).toBe(204)
  }
})
