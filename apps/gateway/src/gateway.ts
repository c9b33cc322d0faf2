import type { MetricsReader, ObjectStore, ParameterStore, RemoteWriter } from '@tickwatch/aws'
import { formatsRead } from '@tickwatch/policy'
import type { Logger } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import { systemClock } from './clock.ts'
import { ControlPlaneConnection } from './controlPlaneConnection.ts'
import type { Settings } from './env.ts'
import { Metrics } from './metrics.ts'
import { PolicyClient } from './policy/policyClient.ts'
import { PolicyNewsReader } from './policy/policyNews.ts'
import { isProbePath, ProbeHandler } from './probe/probe.ts'
import { QueryHandler } from './query/query.ts'
import { queryRouteOf } from './query/queryRoute.ts'
import { ReaderUses } from './query/readerUses.ts'
import { Repeater } from './repeater.ts'
import { answer } from './server/answers.ts'
import { identityPattern, probePattern } from './server/identity.ts'
import { HttpServer } from './server/server.ts'
import { Heartbeats } from './shares/heartbeat.ts'
import { StateStore } from './stateStore.ts'
import { type Shares, Tenants } from './tenant/tenants.ts'
import { Turns } from './write/turns.ts'
import { WriteHandler } from './write/write.ts'

/** The AWS services that a gateway uses. */
export type Ports = {
  parameters: Pick<ParameterStore, 'get'>
  objects: Pick<ObjectStore, 'get'>
  upstream: RemoteWriter
  reader: MetricsReader
}

export type Gateway = {
  httpPort: number
  /** Drains: accepts no new requests, answers those in flight, and sends a last heartbeat. */
  stop(): Promise<void>
}

const sweepMs = 100
const upstreamCheckMs = 5_000
/** Time for Envoy's health check to see the drain. Until then requests still arrive and are served. */
const drainNoticeMs = 1_000
/** Until the first answer we assume the whole limit rather than refuse legitimate traffic. */
const sharesBeforeFirstAnswer: Shares = { byTenant: new Map(), defaultShare: 1 }

/** @throws Error when a socket or port is taken. */
export async function startGateway(settings: Settings, ports: Ports, log: Logger): Promise<Gateway> {
  const { controlPlane } = settings
  const clock = systemClock
  const startedAt = new Date(clock.epochMs()).toISOString()
  const store = new StateStore(settings.stateDir)
  const metrics = new Metrics(settings.gatewayId)
  const tenants = new Tenants(
    await loadShares(store, log),
    () => heartbeats.soon('share'),
    (tenantId) => metrics.forget(tenantId),
  )
  const connection = new ControlPlaneConnection(controlPlane.files, log)
  metrics.watch(tenants, connection, () => clock.monotonicMs())
  const uses = new ReaderUses()
  const policy = new PolicyClient({
    ring: settings.ring,
    trust: { publicKeys: settings.policyPublicKeys, environment: settings.environment },
    pollSeconds: settings.policyPollSeconds,
    parameters: ports.parameters,
    objects: ports.objects,
    store,
    tenants,
    metrics,
    clock,
    log,
    onChange: () => heartbeats.soon('policy'),
  })
  const heartbeats = new Heartbeats({
    controlPlaneUrl: controlPlane.url,
    connection,
    about: {
      ring: settings.ring,
      zone: settings.zone,
      softwareVersion: packageJson.version,
      formatsRead,
      startedAt,
    },
    tenants,
    uses,
    policy,
    store,
    clock,
    log,
  })
  const news = new PolicyNewsReader({
    controlPlaneUrl: controlPlane.url,
    connection,
    ring: settings.ring,
    policy,
    onBroken: () => heartbeats.soon('broken'),
    log,
  })
  const ready = { upstream: false, draining: false }
  const upstreamCheck = new Repeater(async () => {
    ready.upstream = await ports.upstream.ready()
    return upstreamCheckMs
  })
  const turns = new Turns()
  const writes = new WriteHandler({
    tenants,
    upstream: ports.upstream,
    metrics,
    log,
    clock,
    writers: identityPattern(settings.trustDomain, 'writer'),
    turns,
  })
  const queries = new QueryHandler({
    tenants,
    upstream: ports.reader,
    storageQueries: settings.storageQueries,
    uses,
    metrics,
    log,
    clock,
    readers: identityPattern(settings.trustDomain, 'reader'),
    turns,
  })
  const probes = new ProbeHandler({
    tenants,
    upstream: ports.upstream,
    queries,
    clock,
    log,
    probes: probePattern(settings.trustDomain),
    turns,
  })
  const edge = new HttpServer((request, response) => {
    if (request.url === '/api/v1/write') {
      if (request.method !== 'POST') return answer(405, ['POST only'], { allow: 'POST' })
      return writes.handle(request)
    }
    const path = request.url?.split('?')[0] ?? ''
    if (isProbePath(path)) return probes.handle(path, request, response)
    const route = queryRouteOf(path)
    if (!route) return answer(404, ['not found'])
    const { methods } = route
    if (!methods.some((method) => method === request.method)) {
      return answer(405, [`${methods.join(' and ')} only`], { allow: methods.join(', ') })
    }
    return queries.handle(route, request, response)
  }, log)
  const operations = new HttpServer(async ({ url, method }) => {
    if (method !== 'GET' && method !== 'HEAD') return answer(405, ['GET only'], { allow: 'GET, HEAD' })
    if (url === '/healthz') return answer(200, ['ok'])
    if (url === '/metrics') {
      return { status: 200, headers: { 'content-type': metrics.contentType }, body: await metrics.exposition() }
    }
    if (url !== '/ready') return answer(404, ['not found'])
    const missing = [
      ...(ready.draining ? ['draining'] : []),
      ...(tenants.policy ? [] : ['no policy yet']),
      ...(policy.looked ? [] : ['SSM not asked yet']),
      ...(ready.upstream ? [] : ['AMP cannot be reached']),
      ...(heartbeats.tried ? [] : ['no heartbeat yet']),
    ]
    return missing.length === 0 ? answer(200, ['ready']) : answer(503, missing)
  }, log)

  await policy.boot()
  const httpPort = await operations.listenTcp(settings.httpHost, settings.httpPort)
  await edge.listenUnix(settings.socket)
  policy.start()
  upstreamCheck.soon(0)
  heartbeats.start()
  news.start()
  const sweep = setInterval(() => tenants.sweep(clock.monotonicMs()), sweepMs)
  log.info({ socket: settings.socket, httpPort }, 'the gateway listens')

  return {
    httpPort,
    async stop() {
      ready.draining = true
      edge.drain()
      log.info('draining')
      await new Promise((resolve) => setTimeout(resolve, drainNoticeMs))
      await edge.close()
      await Promise.all([policy.stop(), upstreamCheck.stop(), news.stop(), heartbeats.stop()])
      clearInterval(sweep)
      await Promise.all([operations.close(), ports.upstream.close(), ports.reader.close(), connection.close()])
      log.info('stopped')
    },
  }
}

async function loadShares(store: StateStore, log: Logger): Promise<Shares> {
  try {
    return (await store.loadShares()) ?? sharesBeforeFirstAnswer
  } catch (cause) {
    log.error({ err: cause }, 'the shares on disk cannot be read')
    return sharesBeforeFirstAnswer
  }
}
