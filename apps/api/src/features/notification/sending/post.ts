import type { Answer } from '../notification.rules.ts'

/** How long a receiver may take to answer. */
export const answerWithinMs = 10_000

/**
 * Sends JSON and says what became of it.
 * @param signal aborts when another process may send: then nobody waits for the answer.
 */
export async function postJson(
  url: string,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Tickwatch', ...headers },
      body,
      // A redirect could name a host that nobody allowed.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    })
    return answerOf(response.status, response.headers.get('retry-after'), await beginningOf(response))
  } catch (error) {
    return afterFault(error)
  }
}

export function answerOf(status: number, retryAfter: string | null, text: string): Answer {
  const said = `It answered ${status}${text ? `: ${text}` : ''}.`
  if (status >= 200 && status < 300) return { kind: 'accepted', text: said }
  if (status === 429) return { kind: 'limited', text: said, retryAfterSeconds: secondsOf(retryAfter) }
  // 408 and 425 ask for a repetition.
  if (status >= 500 || status === 408 || status === 425) return { kind: 'failed', text: said }
  return { kind: 'refused', text: said }
}

function secondsOf(retryAfter: string | null): number | null {
  if (retryAfter === null) return null
  const seconds = Number(retryAfter)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const until = Date.parse(retryAfter)
  return Number.isNaN(until) ? null : Math.max(0, (until - Date.now()) / 1_000)
}

// Faults that come before a connection can carry a request.
const beforeSending =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/

/** What a request that threw means for the message. */
export function afterFault(error: unknown): Answer {
  const codes = codesOf(error)
  const why = codes[0] ?? (error instanceof Error ? error.name : String(error))
  if (codes.some((code) => beforeSending.test(code))) {
    return { kind: 'unsent', text: `It could not be reached: ${why}.` }
  }
  return { kind: 'lost', text: `Its answer was lost: ${why}.` }
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const code = (error as NodeJS.ErrnoException).code
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : []
  return [...(typeof code === 'string' ? [code] : []), ...codesOf(error.cause), ...inner]
}

const bytesMax = 2_000

/** The first characters of a body. A receiver may send anything, so the rest is not read. */
async function beginningOf(response: Response): Promise<string> {
  if (!response.body) return ''
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body) {
    parts.push(part)
    bytes += part.byteLength
    if (bytes >= bytesMax) break
  }
  const text = Buffer.concat(parts).toString().replace(/\s+/g, ' ').trim()
  return text.toWellFormed().replaceAll('\0', '').slice(0, 200)
}
