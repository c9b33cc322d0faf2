import { TLSSocket } from 'node:tls'
import fastifySwagger from '@fastify/swagger'
import { probeTargetsPath } from '@tickwatch/policy'
import Fastify, { type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { type Machine, machineOf, wrongMachine } from '../auth/machineIdentity.ts'
import { heartbeatAnswer, heartbeatInput, newsAnswer, newsInput } from '../features/gateway/gateway.types.ts'
import { probeTargetsAnswer } from '../features/probe/probe.types.ts'
import type { Services } from '../services.ts'
import { notFound } from '../shared/errors.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { lastAnswers } from './lastAnswers.ts'
import { observing, quietController } from './observe.ts'
import { answerProblem } from './problem.ts'
import { requestIdOf } from './requestId.ts'
import { readTls, rotateTls, type TlsFiles, type TlsTexts } from './rotatingTls.ts'

export type MachineServerParts = {
  logger: Logger
  services: Pick<Services, 'gateway' | 'probe'>
  metrics: Metrics
  trustDomain: string
  tls: TlsFiles
}

/** The machine port: REST for gateways and probes, mTLS only, with its OpenAPI document. */
export async function createMachineServer(parts: MachineServerParts) {
  const { services, metrics, trustDomain, tls } = parts
  const loggerInstance: FastifyBaseLogger = parts.logger
  const texts = readTls(tls)
  const app = Fastify({
    loggerInstance,
    genReqId: requestIdOf,
    https: {
      ...texts,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    // Enough for one gateway's heartbeat with 10,000 live tenants and their refusals.
    bodyLimit: 8 * 1_024 * 1_024,
    logController: quietController(),
  })
  const measure = ({ cert, ca }: TlsTexts) => metrics.setCertificates({ server: cert, authority: ca })
  measure(texts)
  const stopRotating = rotateTls(app.server, tls, parts.logger, measure)
  app.addHook('onClose', async () => stopRotating())
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerProblem)
  app.setNotFoundHandler((request, reply) => {
    answerProblem(notFound('route'), request, reply)
  })
  const { onRequest, onResponse } = observing(metrics)
  app.addHook('onRequest', onRequest)
  app.addHook('onResponse', onResponse)
  const { preClose, onSend } = lastAnswers()
  app.addHook('preClose', preClose)
  app.addHook('onSend', onSend)
  // Every route of this port, known or not, is for gateways and probes only; a route says for which of them.
  app.addHook('onRequest', async (request) => void callerOf(request, trustDomain))
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tickwatch control plane, machine port',
        version: '1',
        description: 'Mutual TLS only: the client certificate is the SPIFFE X.509-SVID of a gateway or a probe.',
      },
    },
    transform: jsonSchemaTransform,
  })
  await app.register(async (routes) => {
    const typed = routes.withTypeProvider<ZodTypeProvider>()
    // Before the input is checked, so that others do not learn what is wrong with theirs.
    const only = (kind: Machine['kind']) => async (request: FastifyRequest) => void nameOf(request, trustDomain, kind)
    typed.post(
      '/v1/gateways/heartbeat',
      {
        onRequest: only('gateway'),
        schema: {
          summary: 'Reports what a gateway enforces and sees; answers with its shares and the version to enforce',
          body: heartbeatInput,
          response: { 200: heartbeatAnswer },
        },
      },
      (request) => services.gateway.heartbeat(gatewayOf(request, trustDomain), request.body),
    )
    typed.get(
      '/v1/gateways/news',
      {
        onRequest: only('gateway'),
        schema: {
          summary: 'Waits until the ring has a newer policy version; answers without one after at most 25 s',
          querystring: newsInput,
          response: { 200: newsAnswer },
        },
      },
      (request, reply) => services.gateway.news(gatewayOf(request, trustDomain), request.query, goneSignal(reply)),
    )
    typed.get(
      probeTargetsPath,
      {
        onRequest: only('probe'),
        schema: {
          summary: 'Whom a probe probes: the tenants that are not suspended, and the gateways',
          response: { 200: probeTargetsAnswer },
        },
      },
      () => services.probe.targets(),
    )
    routes.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
  return app
}

/** Aborts if the connection breaks before the answer. */
function goneSignal({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => raw.writableFinished || gone.abort())
  return gone.signal
}

const gatewayOf = (request: FastifyRequest, trustDomain: string) => nameOf(request, trustDomain, 'gateway')

/** @throws DomainError if the caller is not a machine of this kind. */
function nameOf(request: FastifyRequest, trustDomain: string, kind: Machine['kind']): string {
  const caller = callerOf(request, trustDomain)
  if (caller.kind !== kind) throw wrongMachine(kind)
  return caller.name
}

function callerOf({ raw: { socket } }: FastifyRequest, trustDomain: string): Machine {
  return machineOf(socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined, trustDomain)
}
