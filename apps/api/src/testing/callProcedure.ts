import { tenantHeader } from '@tickwatch/policy'
import type { Procedure } from './inputSchemas.ts'

const answerWithinMs = 20_000

/**
 * Calls a procedure as the portal's web server does, with any JSON as its input, and returns the raw HTTP answer. Of a
 * stream it reads the first message.
 * @throws if there is no answer within 20 s.
 */
export async function callProcedure(
  portalUrl: string,
  { path, type }: Pick<Procedure, 'path' | 'type'>,
  sent: { token?: string | null; tenantId?: string | undefined; input?: unknown; headers?: Record<string, string> },
): Promise<{ status: number; text: string }> {
  const aborted = new AbortController()
  const { token, tenantId, input, headers } = sent
  const isMutation = type === 'mutation'
  const query = isMutation || input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
  const response = await fetch(`${portalUrl}/trpc/${path}${query}`, {
    method: isMutation ? 'POST' : 'GET',
    headers: {
      ...(isMutation ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(tenantId ? { [tenantHeader]: tenantId } : {}),
      ...(type === 'subscription' ? { accept: 'text/event-stream' } : {}),
      ...headers,
    },
    ...(isMutation ? { body: JSON.stringify(input ?? {}) } : {}),
    signal: AbortSignal.any([aborted.signal, AbortSignal.timeout(answerWithinMs)]),
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  const text = isStream ? await firstEvents(response) : await response.text()
  aborted.abort()
  return { status: response.status, text }
}

/** The first message of a stream: a subscription reports its error there. */
async function firstEvents(response: Response): Promise<string> {
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (/event: serialized-error|\ndata: .*\n\n[\s\S]*data: /.test(text)) break
  }
  return text
}
