import { DatabaseUnavailable } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { DomainError, notFound } from '../shared/errors.ts'
import { toTrpcError } from '../trpc.ts'
import { toProblem } from './problem.ts'
import { requestIdOf } from './requestId.ts'

describe('a failed REST request', () => {
  it.each([
    [notFound('gateway'), 404, 'gateway-not-found'],
    [new DomainError('forbidden', 'not-a-gateway', 'No.'), 403, 'not-a-gateway'],
    [new DatabaseUnavailable('away'), 503, 'database-unavailable'],
    [Object.assign(new Error('too large'), { statusCode: 413 }), 413, 'request-refused'],
    [new Error('secret inside'), 500, 'internal'],
    ['not even an error', 500, 'internal'],
  ])('%s is problem %i %s', (error, status, code) => {
    expect(toProblem(error, 'r-1')).toMatchObject({ status, code, requestId: 'r-1' })
  })

  it('contains no internal text', () => {
    expect(JSON.stringify(toProblem(new Error('secret inside'), 'r-1'))).not.toContain('secret')
  })
})

it('the same failure has the matching tRPC code', () => {
  expect(toTrpcError(notFound('gateway')).code).toBe('NOT_FOUND')
  expect(toTrpcError(new DatabaseUnavailable('away')).code).toBe('SERVICE_UNAVAILABLE')
  expect(toTrpcError(new Error('secret inside'))).toMatchObject({
    code: 'INTERNAL_SERVER_ERROR',
    message: expect.not.stringContaining('secret'),
  })
})

it.each([['a\nb-injected-line'], ['short'], [undefined]])('the request id %j is replaced', (id) => {
  expect(requestIdOf({ headers: { 'x-request-id': id } })).toMatch(/^[0-9a-f-]{36}$/)
})
