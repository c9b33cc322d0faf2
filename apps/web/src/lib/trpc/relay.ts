import 'server-only'
import type { AppRouter } from '@tickwatch/api/router'
import {
  answerWithinMs,
  batchCallsMax,
  idForms,
  portalRequestBytesMax,
  sessionHeader,
  tenantHeader,
} from '@tickwatch/policy'
import { type inferRouterError, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { type TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { NextRequest } from 'next/server'
import { getToken } from 'next-auth/jwt'
import { env } from '../../env.ts'
import { hasEnded } from '../auth/refreshChain.ts'
import { issuerAway } from '../errors.ts'
import { log } from '../log.ts'

const requestHeaders = ['content-type', 'accept', 'last-event-id', 'trpc-accept', 'x-forwarded-for']
const responseHeaders = ['content-type', 'cache-control', 'x-accel-buffering', 'vary', 'retry-after']

/**
 * Sends one tRPC call of the browser to the API with the session's access token, which the browser never sees.
 * @param procedures the path's last segment: one procedure, or several joined by commas.
 * @param tenantId the tenant in the URL. The API checks that the person may open it.
 */
export async function relayToApi(request: NextRequest, procedures: string, tenantId: string | null) {
  const { API_URL, NEXTAUTH_URL, NEXTAUTH_SECRET } = env()
  const requestId = request.headers.get('x-request-id') ?? crypto.randomUUID()
  if (request.method === 'POST' && request.headers.get('origin') !== new URL(NEXTAUTH_URL).origin) {
    return refusal('FORBIDDEN', 'foreign-origin', 'Changes can only be made from the portal itself.', requestId)
  }
  if (stopping) {
    return refusal(
      'SERVICE_UNAVAILABLE',
      'portal-restarts',
      'The portal is restarting. Try again in a moment.',
      requestId,
    )
  }
  const token = await getToken({ req: request, secret: NEXTAUTH_SECRET })
  if (!token?.accessToken || !token.sessionId) {
    return refusal('UNAUTHORIZED', 'sign-in-needed', 'Your session has ended. Sign in again.', requestId)
  }
  if (hasEnded(token, Date.now())) {
    const { code, sentence } = issuerAway
    return refusal('SERVICE_UNAVAILABLE', code, sentence, requestId)
  }
  if (procedures.split(',', batchCallsMax + 1).length > batchCallsMax) {
    const sentence = `Send at most ${batchCallsMax} calls in one request.`
    return refusal('BAD_REQUEST', 'batch-too-large', sentence, requestId)
  }
  if (tenantId !== null && !idForms.tenant.pattern.test(tenantId)) {
    return refusal('NOT_FOUND', 'tenant-not-found', 'There is no such tenant.', requestId)
  }
  const body = request.method === 'POST' ? await request.text() : null
  if (body && body.length > portalRequestBytesMax) {
    const sentence = `The input is too large. The limit is ${portalRequestBytesMax / 1_024} KiB.`
    return refusal('PAYLOAD_TOO_LARGE', 'input-too-large', sentence, requestId)
  }

  const headers = new Headers({
    authorization: `Bearer ${token.accessToken}`,
    [sessionHeader]: token.sessionId,
    'x-request-id': requestId,
  })
  if (tenantId !== null) headers.set(tenantHeader, tenantId)
  for (const name of requestHeaders) {
    const value = request.headers.get(name)
    if (value) headers.set(name, value)
  }
  const asksForStream = request.headers.get('accept')?.includes('text/event-stream') ?? false
  try {
    const answer = await fetch(`${API_URL}/${encodeURIComponent(procedures)}${request.nextUrl.search}`, {
      method: request.method,
      headers,
      body,
      cache: 'no-store',
      redirect: 'error',
      // An API that hangs must not hold the browser's few connections.
      signal: asksForStream
        ? request.signal
        : AbortSignal.any([request.signal, AbortSignal.timeout(answerWithinMs.relay)]),
    })
    const back = new Headers({ 'x-request-id': requestId })
    for (const name of responseHeaders) {
      const value = answer.headers.get(name)
      if (value) back.set(name, value)
    }
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream')
    // A server that stops waits for its connections.
    if (stopping) back.set('connection', 'close')
    return new Response(isStream && answer.body ? relayEvents(answer.body) : answer.body, {
      status: answer.status,
      headers: back,
    })
  } catch (cause) {
    if (request.signal.aborted) return new Response(null, { status: 499 })
    log().warn({ err: cause, requestId, procedures }, 'the API did not answer')
    return refusal(
      'BAD_GATEWAY',
      'api-unreachable',
      request.method === 'POST'
        ? 'The portal got no answer from its API.'
        : 'The portal can’t reach its API. Limits and traffic are not affected.',
      requestId,
    )
  }
}

const encoder = new TextEncoder()
const openStreams = new Set<ReadableStreamDefaultReader<Uint8Array>>()

let stopping = false

// A server that stops waits until its connections end, and streams never end by themselves. Browsers reconnect, but
// must not do so on a connection that is still open.
process.once('SIGTERM', () => {
  stopping = true
  for (const reader of openStreams) reader.cancel('the web server stops').catch(() => openStreams.delete(reader))
})

/**
 * Sends `retry`, because browsers otherwise wait 3 s before they reconnect. If the API's stream breaks, ends this one
 * cleanly, so that the browser's EventSource reconnects with its last event id.
 */
function relayEvents(upstream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = upstream.getReader()
  openStreams.add(reader)
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode('retry: 250\n\n')),
    async pull(controller) {
      const next = await reader.read().catch(() => ({ done: true as const, value: undefined }))
      if (!next.done) return controller.enqueue(next.value)
      openStreams.delete(reader)
      controller.close()
    },
    cancel: (reason) => {
      openStreams.delete(reader)
      return reader.cancel(reason)
    },
  })
}

/** An error in the API's own shape, so that `describeFault` can read it. */
function refusal(code: TRPC_ERROR_CODE_KEY, reason: string, sentence: string, requestId: string): Response {
  const status = getHTTPStatusCodeFromError(new TRPCError({ code }))
  const error: inferRouterError<AppRouter> = {
    message: sentence,
    code: TRPC_ERROR_CODES_BY_KEY[code],
    data: { code, httpStatus: status, tickwatch: { code: reason, requestId } },
  }
  const headers = { 'x-request-id': requestId, ...(stopping ? { connection: 'close' } : {}) }
  return Response.json({ error }, { status, headers })
}
