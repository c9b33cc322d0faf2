import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { connectionHeader, readEdgeConnection } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import type { CertificateFiles } from '../../platform/localState.ts'
import { until } from '../../process/until.ts'
import type { EnvoyUpstream } from '../../testing/envoyUpstream.ts'
import { spoofed, useEnvoy } from '../../testing/useEnvoy.ts'
import { openCertificateAuthority } from '../pki.ts'
import { writeEndpoints } from './endpoints.ts'

const edge = useEnvoy()
const { ask, send, query, issue, hosts, gateways, arrived, openGateway } = edge

it('a gateway sees a writer with the identity of its certificate, whatever its headers claim', async () => {
  expect(await send(edge.writer, { ...spoofed, authorization: 'Bearer stolen' })).toBe(204)
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
  const first = await told(edge.reader)
  expect(first?.certificateExpiresAt).toBe(
    new X509Certificate(readFileSync(edge.reader.cert)).validToDate.getTime() / 1_000,
  )
  const second = await told(null)
  expect(second?.certificateExpiresAt).toBeNull()
  expect(second?.id).not.toBe(first?.id)
})

it('a writer stays on one gateway, so that its series are counted once', async () => {
  const before = gateways.map((gateway) => gateway.state.seen.length)
  for (let i = 0; i < 10; i++) expect(await send(edge.writer)).toBe(204)
  const reached = gateways.map((gateway, i) => gateway.state.seen.length - (before[i] ?? 0))
  expect(reached.toSorted((a, b) => a - b)).toEqual([0, 10])
})

it('the handshake refuses no certificate, a foreign CA, a gateway, and an identity that only looks similar', async () => {
  const ours = await openCertificateAuthority(join(edge.dir, 'pki'))
  const foreign = await openCertificateAuthority(join(edge.dir, 'foreign'))
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
  expect(await query(edge.reader, { ...spoofed, authorization: 'Bearer mine' })).toBe(204)
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
  const ours = await openCertificateAuthority(join(edge.dir, 'pki'))
  const foreign = await openCertificateAuthority(join(edge.dir, 'foreign'))
  const uri = 'spiffe://tickwatch.local/tenant/acme/reader/grafana'
  const before = arrived.length
  await expect(query(edge.writer)).rejects.toThrow()
  await expect(send(edge.reader)).rejects.toThrow()
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
    const status = await ask(`${edge.envoy.readersUrl}${path}`, edge.reader, {}, 'POST')
    expect([400, 404], path).toContain(status)
  }
  expect(await ask(`${edge.envoy.readersUrl}/api/v1/query`, edge.reader, {}, 'DELETE')).toBe(404)
  expect(await ask(`${edge.envoy.readersUrl}/api/v1/label/job/values`, edge.reader, {}, 'POST')).toBe(404)
  expect(await ask(`${edge.envoy.url}/api/v1/query`, edge.writer)).toBe(404)
  expect(arrived).toHaveLength(before)
  const formPaths = ['query', 'query_range', 'series', 'labels', 'query_exemplars', 'format_query', 'parse_query']
  const getOnly = ['label/job/values', 'status/buildinfo', 'features', 'rules', 'alerts', 'metadata']
  const answers = (path: string, method: string) =>
    ask(`${edge.envoy.readersUrl}/api/v1/${path}`, edge.reader, {}, method)
  for (const path of [...formPaths, ...getOnly]) expect(await answers(`${path}?match[]=up`, 'GET'), path).toBe(204)
  for (const path of formPaths) expect(await answers(path, 'POST'), path).toBe(204)
})

it('a query that its gateway can no longer answer is answered by another, and a write is not sent twice', async () => {
  const [first, second] = gateways as [EnvoyUpstream, EnvoyUpstream]
  first.state.dies = true
  const before = first.state.seen.length
  for (const method of ['GET', 'POST', 'GET', 'POST', 'GET', 'POST']) {
    expect(await ask(`${edge.envoy.readersUrl}/api/v1/query?query=up`, edge.reader, {}, method)).toBe(204)
  }
  expect(first.state.seen.length).toBeGreaterThan(before)

  second.state.dies = true
  const allBefore = arrived.length
  expect(await send(edge.writer)).toBe(503)
  expect(arrived).toHaveLength(allBefore + 1)
  expect(await query(edge.reader)).toBe(503)
  expect(arrived).toHaveLength(allBefore + 4)
  for (const { state } of gateways) state.dies = false
})

it('readers may speak HTTP/2', async () => {
  const session = connect(edge.envoy.readersUrl, { ca: readFileSync(edge.caFile) })
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
  /** The gateway that each edge.writer reaches. */
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
  writeEndpoints(edge.dir, [first.upstream, second.upstream, third.upstream])
  await until('Envoy sends to three', async () => (await hosts('healthy')) === 3, { seconds: 10 })
  const withThree = await reached()
  const joined = withThree.filter((id) => id === 'gateway-3').length
  expect(joined).toBeGreaterThan(0)
  expect(withThree.filter((id, i) => id !== withTwo[i])).toHaveLength(joined)
  for (let i = 0; i < 30; i++) expect(await query(edge.reader)).toBe(204)
  expect(third.state.seen.length).toBeGreaterThan(joined)

  // The first gateway leaves the file although it is ready. Its requests in flight must be answered.
  writeEndpoints(edge.dir, [second.upstream, third.upstream])
  await until('Envoy sends to the others', async () => (await hosts('healthy')) === 2, { seconds: 10 })
  const before = first.state.seen.length
  const withoutFirst = await reached()
  const left = withThree.filter((id) => id === 'gateway-1').length
  expect(withoutFirst.filter((id, i) => id !== withThree[i])).toHaveLength(left)
  for (let i = 0; i < 30; i++) expect(await query(edge.reader)).toBe(204)
  expect(first.state.seen).toHaveLength(before)

  writeEndpoints(edge.dir, [first.upstream, second.upstream])
  await until('Envoy sends to the first again', async () => (await reached()).join() === withTwo.join())
})

it('one ready gateway of three serves every request, and when none is ready they answer nevertheless', async () => {
  const all = gateways as [EnvoyUpstream, EnvoyUpstream, EnvoyUpstream]
  writeEndpoints(
    edge.dir,
    all.map(({ upstream }) => upstream),
  )
  const [first, ...others] = all
  for (const { state } of others) state.ready = false
  await until('Envoy sends to one', async () => (await hosts('/failed_active_hc')) === 2)
  const before = others.map(({ state }) => state.seen.length)
  for (let i = 0; i < 10; i++) expect(await query(edge.reader)).toBe(204)
  expect(others.map(({ state }) => state.seen.length)).toEqual(before)

  first.state.ready = false
  await until('Envoy sees none ready', async () => (await hosts('/failed_active_hc')) === 3)
  expect(await query(edge.reader)).toBe(204)
  expect(await send(edge.writer)).toBe(204)

  for (const { state } of all) state.ready = true
  writeEndpoints(edge.dir, [all[0].upstream, all[1].upstream])
  await until('Envoy sends to two', async () => (await hosts('healthy')) === 2)
})

it('no request is lost when a gateway drains or is killed', async () => {
  const [first, second] = gateways as [EnvoyUpstream, EnvoyUpstream]
  first.state.ready = false
  await until('Envoy saw it drain', async () => (await hosts('/failed_active_hc')) === 1)
  const before = first.state.seen.length
  for (let i = 0; i < 10; i++) {
    expect(await send(edge.writer)).toBe(204)
    expect(await query(edge.reader)).toBe(204)
  }
  expect(first.state.seen).toHaveLength(before)
  first.state.ready = true
  await until('Envoy took it back', async () => (await hosts('healthy')) === 2)
  // The second gateway is killed. Until the next health check its connections fail, and Envoy retries on the other.
  second.socket.closeAllConnections()
  await new Promise((resolve) => second.socket.close(resolve))
  for (let i = 0; i < 10; i++) {
    expect(await send(edge.writer)).toBe(204)
    expect(await query(edge.reader)).toBe(204)
  }
})
