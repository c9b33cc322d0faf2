import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { alertmanagerBody, alertsOf } from '../features/notification/incoming/alertmanager.ts'
import type { Services } from '../services.ts'
import { DomainError } from '../shared/errors.ts'
import { checked } from './checked.ts'

/** An Alertmanager message of 10,000 alerts. */
const bodyLimit = 8 * 1_024 * 1_024
/** PagerDuty's messages are a few KB. */
const pagerDutyBodyLimit = 256 * 1_024

/** What other programs send: alerts with an API token, and PagerDuty's webhooks with its signature. */
export async function incomingRoutes(
  routes: FastifyInstance,
  { apiToken, incoming }: Pick<Services, 'apiToken' | 'incoming'>,
): Promise<void> {
  // A signature covers the bytes, so nothing may parse them before. A text is all that Alertmanager and PagerDuty send.
  routes.removeAllContentTypeParsers()
  routes.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  routes.post(
    '/v1/alertmanager/webhook',
    {
      bodyLimit,
      // Before the body is read: who has no token can't make the API parse megabytes.
      async onRequest(request) {
        request.tokenName = (await apiToken.authenticate(request.headers.authorization, 'alerts:send')).name
      },
    },
    async (request, reply) => {
      const alerts = alertsOf(checked(alertmanagerBody, jsonOf(request.body)))
      await incoming.receiveAlerts(alerts, request.tokenName)
      return reply.send({ received: alerts.length })
    },
  )

  routes.post('/v1/pagerduty/:receiverId/webhook', { bodyLimit: pagerDutyBodyLimit }, async (request, reply) => {
    const { receiverId } = checked(z.object({ receiverId: z.uuid() }), request.params)
    const signature = request.headers['x-pagerduty-signature']
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    await incoming.fromPagerDuty(receiverId, body, typeof signature === 'string' ? signature : '')
    return reply.status(204).send()
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the API token that sent it; empty on routes that need none. */
    tokenName: string
  }
}

function jsonOf(body: unknown): unknown {
  try {
    return JSON.parse(String(body))
  } catch (cause) {
    throw new DomainError('invalid', 'json-invalid', 'The body is not JSON.', { cause })
  }
}
