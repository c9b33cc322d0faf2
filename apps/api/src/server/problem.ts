import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { asDomainError, DomainError, type ErrorKind } from '../shared/errors.ts'

/** RFC 9457. */
export type Problem = {
  type: string
  title: string
  status: number
  code: string
  requestId: string
  details?: unknown
}

const statuses = {
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  invalid: 422,
  limited: 429,
  unavailable: 503,
} as const satisfies Record<ErrorKind, number>

/** The answer to a failed REST request. It has no internal text, but the request id, which is in the log too. */
export function toProblem(thrown: unknown, requestId: string): Problem {
  const error = asDomainError(thrown)
  if (error instanceof DomainError) {
    const details = error.details === undefined ? {} : { details: error.details }
    return problem(statuses[error.kind], error.code, error.message, requestId, details)
  }
  if (isFastifyError(error)) {
    if (error.validation) {
      const details = { details: error.validation.map((v) => ({ path: v.instancePath, message: v.message })) }
      return problem(
        400,
        'input-invalid',
        'The request does not match what this route expects. The details name each fault.',
        requestId,
        details,
      )
    }
    const status = error.statusCode ?? 500
    if (status >= 400 && status < 500) return problem(status, 'request-refused', error.message, requestId)
  }
  return problem(
    500,
    'internal',
    'Something failed on our side. Report the request id to the platform team.',
    requestId,
  )
}

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && ('statusCode' in error || 'validation' in error)

const problem = (status: number, code: string, title: string, requestId: string, rest: { details?: unknown } = {}) => ({
  type: `urn:tickwatch:problem:${code}`,
  title,
  status,
  code,
  requestId,
  ...rest,
})

/** Fastify's error handler: logs the cause and answers with the problem. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const answer = toProblem(error, request.id)
  logFailure(request.log, error, answer.status)
  void reply.status(answer.status).type('application/problem+json').send(answer)
}

function logFailure(log: FastifyBaseLogger, err: unknown, status: number): void {
  if (status >= 500) log.error({ err }, 'request failed')
  else log.info({ err }, 'request refused')
}
