import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

/** What is read of a request: its headers, and its body as it comes. */
export type IncomingRequest = Readable & Pick<IncomingMessage, 'headers'>

/** The sender went away before its request was whole: there is no one to answer. */
export class SenderGone extends Error {
  override name = 'SenderGone'
}

/**
 * Reads a body of at most `bytesMax` bytes.
 * @returns null for a longer one; {@link discardRest} is for what is left of it.
 * @throws SenderGone
 */
export function readBody(request: IncomingRequest, bytesMax: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return Promise.resolve(null)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) {
        request.removeAllListeners('data')
        resolve(null)
      } else chunks.push(chunk)
    })
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes)))
    request.once('error', (cause) => reject(new SenderGone('the sender went away', { cause })))
    request.once('close', () => reject(new SenderGone('the sender went away')))
  })
}

/** Above the largest request that a tenant may be allowed. */
const discardBytesMax = 32 * 1_048_576
/** Much longer than an honest sender needs for what it has begun to send. */
const discardMaxMs = 2_000

/**
 * Reads what is left of a request and throws it away. An answer that overtakes its request ends the connection at Envoy, and
 * the sender may see a broken connection in place of the answer (and its Retry-After). It is not waited for without end: a
 * refused sender could hold Envoy's connections with a trickle.
 * @returns whether it came to the end; if not, the connection must be closed.
 * @throws SenderGone
 */
export function discardRest(request: IncomingMessage): Promise<boolean> {
  if (request.complete) return Promise.resolve(true)
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => resolve(false), discardMaxMs)
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > discardBytesMax) resolve(false)
    })
    request.once('end', () => resolve(true))
    request.once('close', () => clearTimeout(deadline))
    request.once('error', (cause) => reject(new SenderGone('the sender went away', { cause })))
    request.once('close', () => reject(new SenderGone('the sender went away')))
  })
}
