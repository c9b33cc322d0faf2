import { describe, expect, it } from 'vitest'
import { answerToMail } from './email.ts'
import { afterFault, answerOf } from './post.ts'

describe('an HTTP answer', () => {
  it.each<[status: number, retryAfter: string | null, kind: string, seconds?: number | null]>([
    [200, null, 'accepted'],
    [202, null, 'accepted'],
    [302, null, 'refused'],
    [400, null, 'refused'],
    [401, null, 'refused'],
    [408, null, 'failed'],
    [410, null, 'refused'],
    [425, null, 'failed'],
    [429, '12', 'limited', 12],
    [429, null, 'limited', null],
    [429, 'soon', 'limited', null],
    [429, 'Thu, 01 Jan 1970 00:00:00 GMT', 'limited', 0],
    [500, null, 'failed'],
    [503, '9', 'failed'],
  ])('%i with Retry-After %s is %s', (status, retryAfter, kind, retryAfterSeconds) => {
    const seconds = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
    expect(answerOf(status, retryAfter, 'why')).toMatchObject({ kind, ...seconds, text: `It answered ${status}: why.` })
  })
})

describe('a request without an answer', () => {
  const failed = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })
  it.each([
    [failed('ECONNREFUSED'), 'unsent'],
    [failed('ENOTFOUND'), 'unsent'],
    [failed('UND_ERR_CONNECT_TIMEOUT'), 'unsent'],
    [failed('CERT_HAS_EXPIRED'), 'unsent'],
    [failed('ERR_TLS_CERT_ALTNAME_INVALID'), 'unsent'],
    [new TypeError('fetch failed', { cause: new AggregateError([failed('ECONNREFUSED').cause]) }), 'unsent'],
    [failed('ECONNRESET'), 'lost'],
    [failed('UND_ERR_SOCKET'), 'lost'],
    [new DOMException('late', 'TimeoutError'), 'lost'],
  ])('%o is %s', (error, kind) => {
    expect(afterFault(error).kind).toBe(kind)
  })
})

describe('a mail server', () => {
  it.each<[error: object, whole: boolean, kind: string]>([
    [{ responseCode: 450, response: '450 later' }, true, 'failed'],
    [{ responseCode: 554, response: '554 no' }, true, 'refused'],
    [{ responseCode: 535, response: '535 wrong', code: 'EAUTH' }, false, 'unsent'],
    [{ code: 'ECONNECTION' }, false, 'unsent'],
    [{ code: 'ETIMEDOUT' }, true, 'lost'],
  ])('that ends with %o, whole message sent: %s, is %s', (error, whole, kind) => {
    expect(answerToMail(error, whole).kind).toBe(kind)
  })
})
