import { answerWithinMs } from '@tickwatch/policy'
import type { NextRequest } from 'next/server'
import { env } from '../../../env.ts'
import { log } from '../../../lib/log.ts'

export const dynamic = 'force-dynamic'

const requestHeaders = ['authorization', 'x-request-id', 'x-forwarded-for']
const responseHeaders = ['content-type', 'cache-control', 'retry-after']

/** The status for whoever has a link, without a session. The API checks the token, which only the header has. */
export async function GET(request: NextRequest) {
  const headers = new Headers()
  for (const name of requestHeaders) {
    const value = request.headers.get(name)
    if (value) headers.set(name, value)
  }
  try {
    const answer = await fetch(new URL('/v1/status', env().API_URL), {
      ...{ headers, cache: 'no-store', redirect: 'error' },
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(answerWithinMs.relay)]),
    })
    const back = new Headers()
    for (const name of responseHeaders) {
      const value = answer.headers.get(name)
      if (value) back.set(name, value)
    }
    return new Response(answer.body, { status: answer.status, headers: back })
  } catch (cause) {
    if (request.signal.aborted) return new Response(null, { status: 499 })
    log().warn({ err: cause, requestId: request.headers.get('x-request-id') }, 'the API did not answer')
    return Response.json(null, { status: 502 })
  }
}
