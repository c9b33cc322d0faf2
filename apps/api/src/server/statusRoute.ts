import { Pace } from '@tickwatch/policy'
import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { DomainError } from '../shared/errors.ts'
import { sourceOf } from './source.ts'

/** A page asks every 15 s. So many people can be behind one address. */
const addressPace = { perSecond: 5, burst: 60, waitMsMax: 0, peak: { perSecond: 5, burst: 60 } } as const

/**
 * The status page for whoever has a link to it, without a sign-in. A link is an API token: the page sends it in the header
 * `authorization`, so that no URL has it that a server sees.
 */
export async function statusRoute(
  routes: FastifyInstance,
  { apiToken, status }: Pick<Services, 'apiToken' | 'status'>,
): Promise<void> {
  const pace = new Pace(addressPace)
  routes.get('/v1/status', async (request, reply) => {
    // Before the token is looked up: whoever has none can't make Postgres work.
    const admission = pace.admit(sourceOf(request) ?? '', 1, performance.now())
    if ('retryAfterSeconds' in admission) {
      reply.header('retry-after', admission.retryAfterSeconds)
      throw tooManyCalls()
    }
    const { scopes } = await apiToken.authenticate(request.headers.authorization, 'status:read')
    const view = await status.read({ showsTenants: scopes.includes('status:tenants'), rolesUnknown: false })
    return reply.header('cache-control', 'no-store').send(view)
  })
}

const tooManyCalls = () =>
  new DomainError(
    'limited',
    'too-many-calls',
    `Your network asks for the status more than ${addressPace.perSecond} times a second. Try again in a moment.`,
  )
