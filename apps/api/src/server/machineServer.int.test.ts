// Calls every route of the machine port without a certificate and with each wrong one.

import { createHash, X509Certificate } from 'node:crypto'
import { cpSync, readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { jobs, tenants } from '@tickwatch/db'
import { seriesSketchOf } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../testing/fixtures.ts'
import type { CertificateFiles } from '../testing/machineClient.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from '../testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const strangers = temporaryFolder()
let api: TestApi
let gateway: CertificateFiles
let server: CertificateFiles
let probe: CertificateFiles
const wrong: Record<string, CertificateFiles> = {}
let stranger: CertificateFiles

beforeAll(async () => {
  const ca = await openCertificateAuthority(folder.dir)
  const pki = await certificates(ca)
  server = pki.server
  api = await startTestApi({ urls, caFile: pki.caFile, server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme')
  gateway = await pki.gateway('gateway-1')
  probe = await ca.issue({ path: 'probe', usage: 'client', uri: 'spiffe://tickwatch.local/probe/probe-1' })
  const uris = {
    writer: 'spiffe://tickwatch.local/tenant/acme/writer/game-1',
    'another trust domain’s gateway': 'spiffe://evil.example/gateway/gateway-1',
    'gateway below another path': 'spiffe://tickwatch.local/x/gateway/gateway-1',
    'gateway without an id': 'spiffe://tickwatch.local/gateway/',
    'probe below a tenant': 'spiffe://tickwatch.local/tenant/acme/probe/probe-1',
  }
  for (const [name, uri] of Object.entries(uris)) {
    wrong[name] = await ca.issue({ path: `wrong/${name.replaceAll(/\W+/g, '-')}`, usage: 'client', uri })
  }
  wrong['client without a URI'] = await ca.issue({ path: 'plain', usage: 'client', dnsNames: ['gateway-1'] })
  const strange = await certificates(await openCertificateAuthority(strangers.dir))
  stranger = await strange.gateway('gateway-1')
})
afterAll(async () => {
  await api.stop()
  folder.remove()
  strangers.remove()
})

const routes = [
  ['POST', '/v1/gateways/heartbeat'],
  ['GET', '/v1/gateways/news?ring=canary'],
  ['GET', '/v1/probes/targets'],
  ['GET', '/openapi.json'],
  ['GET', '/v1/no-such-route'],
] as const

describe.each(routes)('%s %s', (method, path) => {
  it('rejects a caller without a certificate', async () => {
    await expect(api.machine().send(method, path)).rejects.toThrow(/certificate required|ECONNRESET|socket hang up/)
  })

  it('rejects a certificate that another authority issued', async () => {
    await expect(api.machine(stranger).send(method, path)).rejects.toThrow(/unknown ca|ECONNRESET|socket hang up/)
  })

  it('refuses every certificate that is not a gateway’s', async () => {
    for (const [name, certificate] of Object.entries(wrong)) {
      const answer = await api.machine(certificate).send(method, path)
      expect(answer, name).toMatchObject({ status: 403, body: { code: 'not-a-gateway', status: 403 } })
      expect(answer.contentType).toContain('application/problem+json')
    }
  })
})

it('describes every route that it has in its OpenAPI document', async () => {
  const answer = await api.machine(gateway).send('GET', '/openapi.json')
  expect(answer.status).toBe(200)
  expect(Object.keys(Object(Object(answer.body).paths))).toEqual([
    '/v1/gateways/heartbeat',
    '/v1/gateways/news',
    '/v1/probes/targets',
  ])
})

it('tells a probe the tenants that are not suspended, and the gateways that report', async () => {
  const asked = () => api.machine(probe).send('GET', '/v1/probes/targets')
  await seedTenant(api.db, 'initech')
  const by = { subject: 'ewa', name: 'Ewa' }
  await api.db.platform((tx) => tenants.setStatus(tx, 'initech', 'suspended', { by, reason: 'Test', at: new Date() }))
  await api.gateway(gateway, 'canary').beat()
  await expect
    .poll(async () => (await asked()).body, { timeout: 30_000 })
    .toEqual({
      tenants: ['acme'],
      gateways: ['gateway-1'],
    })
})

it('a probe may not report as a gateway, and a gateway is not told whom to probe', async () => {
  for (const [method, path] of [
    ['POST', '/v1/gateways/heartbeat'],
    ['GET', '/v1/gateways/news?ring=canary'],
  ] as const) {
    const answer = await api.machine(probe).send(method, path)
    expect(answer, path).toMatchObject({ status: 403, body: { code: 'not-a-gateway' } })
  }
  const answer = await api.machine(gateway).send('GET', '/v1/probes/targets')
  expect(answer).toMatchObject({ status: 403, body: { code: 'not-a-probe' } })
})

it('answers a malformed heartbeat with a problem that names the fault and the request', async () => {
  const answer = await api.machine(gateway).send('POST', '/v1/gateways/heartbeat', { ring: 'Prod' })
  expect(answer).toMatchObject({ status: 400, body: { code: 'input-invalid', requestId: answer.requestId } })
  expect(JSON.stringify(answer.body)).toContain('/ring')
})

it('answers an unknown route with a problem', async () => {
  expect(await api.machine(gateway).send('GET', '/v1/x')).toMatchObject({
    status: 404,
    body: { code: 'route-not-found' },
  })
})

it('a renewed certificate is shown to new connections, without a restart, and the metrics say when it expires', async () => {
  const ca = await openCertificateAuthority(folder.dir)
  const tomorrow = await openCertificateAuthority(folder.dir, new Date(Date.now() + 86_400_000))
  const renewed = await tomorrow.issue({ path: 'renewed', usage: 'server', dnsNames: ['localhost'] })
  const expiryOf = (file: string) => new X509Certificate(readFileSync(file)).validToDate.getTime() / 1_000
  const exported = async (resource: string) => {
    const metrics = await (await fetch(`${api.urls().portalUrl}/metrics`)).text()
    const line = new RegExp(`^tickwatch_certificate_expiry_timestamp_seconds\\{resource="${resource}"\\} (.+)$`, 'm')
    return Number(line.exec(metrics)?.[1])
  }
  expect(expiryOf(renewed.cert)).toBeGreaterThan(expiryOf(server.cert))
  expect(await exported('server')).toBe(expiryOf(server.cert))
  expect(await exported('authority')).toBe(expiryOf(ca.certFile))
  cpSync(renewed.key, server.key)
  cpSync(renewed.cert, server.cert)
  const { fingerprint256 } = new X509Certificate(readFileSync(renewed.cert))
  const { hostname: host, port } = new URL(api.urls().machineUrl)
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      }).on('error', reject)
    })
  await expect.poll(shown, { timeout: 30_000 }).toBe(fingerprint256)
  expect((await api.machine(gateway).send('GET', '/openapi.json')).status).toBe(200)
  expect(await exported('server')).toBe(expiryOf(renewed.cert))
})

describe('news of the policy', () => {
  const admin = () => api.as({ sub: 'ewa', groups: ['auditors'] })
  const standing = async () => {
    const { gateways } = await (await admin()).gateway.fleet.query()
    return gateways.find((g) => g.gatewayId === 'gateway-1')?.policyState.state
  }
  const news = (after: number) => api.machine(gateway).send('GET', `/v1/gateways/news?ring=canary&after=${after}`)

  it('are the version in the ring’s manifest, as soon as it is newer than the gateway’s', async () => {
    const first = await news(0)
    expect(first).toMatchObject({ status: 200, body: { policyVersion: expect.any(Number) } })
    const { policyVersion } = Object(first.body)
    const next = news(policyVersion)
    await seedTenant(api.db, `next-${policyVersion}`)
    await api.db.platform((tx) => jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' }))
    expect(await next).toMatchObject({ status: 200, body: { policyVersion: policyVersion + 1 } })
  })

  it('of something that is not a ring are refused, with the fault', async () => {
    const answer = await api.machine(gateway).send('GET', '/v1/gateways/news?ring=No')
    expect(answer).toMatchObject({ status: 400, body: { code: 'input-invalid' } })
  })

  it('show within two seconds that a gateway died while it waited for them', async () => {
    const alive = api.gateway(gateway, 'canary')
    await alive.breakConnection()
    await expect.poll(standing, { timeout: 2_000, interval: 50 }).toBe('away')
    await alive.beat()
    expect(await standing()).not.toBe('away')
  })

  it('whose connection broke do not show a gateway as dead that goes on reporting', async () => {
    const alive = api.gateway(gateway, 'canary')
    await alive.breakConnection()
    const beatUntilMs = performance.now() + 1_500
    while (performance.now() < beatUntilMs) {
      await alive.beat()
      expect(await standing()).not.toBe('away')
    }
  })
})

describe('a heartbeat', () => {
  it('counts for the gateway of the certificate, and splits a tenant’s limits by the demand that each gateway saw', async () => {
    const one = api.gateway(gateway, 'canary')
    const two = api.gateway(
      await certificates(await openCertificateAuthority(folder.dir)).then((c) => c.gateway('gateway-2')),
      'fleet',
    )
    const seen = (samples: number) => ({
      acme: {
        ...{ demandSamplesPerSecond: samples, demandRequestsPerSecond: 1, demandSeries: 10, samplesPerSecond: samples },
        ...{
          demandQueriesPerSecond: 1_000 - samples,
          requestsPerSecond: 1,
          activeSeries: 10,
          refusedPerSecond: { rate: 5 },
          refusedQueriesPerSecond: { 'query-rate': 2, upstream: 1, 'of-tomorrow': 1 },
        },
      },
    })
    one.state.tenants = seen(900)
    two.state.tenants = seen(100)
    await one.beat()
    await two.beat()
    await expect.poll(async () => (await one.beat()).shares.acme?.samples, { timeout: 30_000 }).toBeCloseTo(0.9)
    const answer = await two.beat()
    expect(answer.shares.acme).toMatchObject({
      samples: expect.closeTo(0.1),
      requests: 0.5,
      series: 0.5,
      queries: expect.closeTo(0.9),
    })
    expect(answer).toMatchObject({ defaultShare: 0.5 })
    const owner = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
    const now = await owner.usage.now.query()
    expect(now.meters[0]).toMatchObject({ limit: 'ingest.samplesPerSecond', used: 1_000, refusedPerSecond: 10 })
    expect(now.refusedByReason).toEqual([{ reason: 'rate', samplesPerSecond: 10 }])
    expect(now.refusedQueries).toEqual([
      { reason: 'query-rate', queriesPerSecond: 4 },
      { reason: 'upstream', queriesPerSecond: 2 },
    ])
  })

  it('of a gateway without a query proxy is accepted: its demand for queries is zero', async () => {
    const heartbeat = {
      ...{ ring: 'canary', zone: 'a', softwareVersion: '0.0.9', startedAt: new Date().toISOString() },
      ...{ applied: null, refused: null, cpuRatio: 0, memoryBytes: 0 },
      tenants: {
        acme: {
          ...{ demandSamplesPerSecond: 1, demandRequestsPerSecond: 1, demandSeries: 1, samplesPerSecond: 1 },
          ...{ requestsPerSecond: 1, activeSeries: 1, refusedPerSecond: {} },
        },
      },
    }
    const answer = await api.machine(gateway).send('POST', '/v1/gateways/heartbeat', heartbeat)
    expect(answer).toMatchObject({ status: 200, body: { shares: { acme: { queries: expect.any(Number) } } } })
  })

  it('is answered with the sum of claimed series, and the limit is shared by what the sketches show to be different', async () => {
    const one = api.gateway(gateway, 'canary')
    const two = api.gateway(
      await certificates(await openCertificateAuthority(folder.dir)).then((c) => c.gateway('gateway-2')),
      'fleet',
    )
    const holding = (seriesSketch?: string) => ({
      acme: {
        ...{ demandSamplesPerSecond: 1, demandRequestsPerSecond: 1, demandQueriesPerSecond: 0, demandSeries: 800 },
        ...{ samplesPerSecond: 1, requestsPerSecond: 1, activeSeries: 800, refusedPerSecond: {}, seriesSketch },
      },
    })
    one.state.tenants = holding()
    two.state.tenants = holding()
    await two.beat()
    const answered = async (at: typeof one) => {
      const { shares, seriesClaims } = await at.beat()
      return { series: shares.acme?.series, ...seriesClaims?.acme }
    }
    await expect.poll(() => answered(one), { timeout: 30_000 }).toEqual({ series: 0.5, total: 1_600, sketched: false })
    const keys = Array.from({ length: 800 }, (_, i) => {
      const digest = createHash('md5').update(`${i}`).digest()
      return digest.readUIntBE(0, 6) * 32 + (digest.readUInt8(6) % 32)
    })
    const same = seriesSketchOf(keys)
    one.state.tenants = holding(same)
    two.state.tenants = holding(same)
    await two.beat()
    await expect.poll(() => answered(one), { timeout: 30_000 }).toEqual({ series: 1, total: 1_600, sketched: true })
  })
})
