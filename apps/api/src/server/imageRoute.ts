import { Pace } from '@tickwatch/policy'
import type { FastifyInstance } from 'fastify'
import type { TokenCaller } from '../features/apiToken/apiToken.service.ts'
import { registerInput, registrationBytesMax } from '../features/image/image.types.ts'
import type { Services } from '../services.ts'
import { DomainError } from '../shared/errors.ts'
import { checked } from './checked.ts'
import { sourceOf } from './source.ts'

/** A pipeline registers a few images an hour. To read one takes the process some tenths of a second. */
const tokenPace = { perSecond: 0.1, burst: 10, waitMsMax: 0, peak: { perSecond: 1, burst: 10 } } as const

/** How pipelines register images, with an API token. docs/image-catalogue.md describes it. */
export async function imageRoute(
  routes: FastifyInstance,
  { apiToken, image }: Pick<Services, 'apiToken' | 'image'>,
): Promise<void> {
  const pace = new Pace(tokenPace)
  const callers = new WeakMap<object, TokenCaller>()
  routes.post(
    '/v1/images',
    {
      bodyLimit: registrationBytesMax,
      // Before the body is read: who has no token can't make the API read megabytes.
      async onRequest(request, reply) {
        const token = await apiToken.authenticate(request.headers.authorization, 'images:register')
        const admission = pace.admit(token.tokenId, 1, performance.now())
        if ('retryAfterSeconds' in admission) {
          reply.header('retry-after', admission.retryAfterSeconds)
          throw tooMany(token.name)
        }
        callers.set(request, token)
      },
    },
    async (request, reply) => {
      const token = callers.get(request)
      if (!token) throw new TypeError('onRequest did not run')
      const sent = checked(registerInput, request.body)
      const program = { token, requestId: request.id, source: sourceOf(request) }
      const { image: registered, isNew } = await image.register(program, sent)
      return reply.status(isNew ? 201 : 200).send(registered)
    },
  )
}

const tooMany = (name: string) =>
  new DomainError(
    'limited',
    'too-many-calls',
    `The token ${name} registers more than ${tokenPace.burst} images at once, or one every ${1 / tokenPace.perSecond} s. Try again in a moment.`,
  )
