import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

/** The parts of a request that are read: its headers, and its body as it arrives. */
export type IncomingRequest = Readable & Pick<IncomingMessage, 'headers'>

/** The caller went away: nobody waits for the answer. */
export class CallerGone extends Error {
  override name = 'CallerGone'
}

/**
 * Reads a body of at most `bytesMax` bytes.
 * @returns null if the body is longer. Then {@link discardRest} reads the rest of it.
 * @throws CallerGone
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
    request.once('error', (cause) => reject(new CallerGone('the caller went away', { cause })))
    request.once('close', () => reject(new CallerGone('the caller went away')))
  })
}

/** More than the largest request size that a tenant's limit allows. */
const discardBytesMax = 32 * 1_048_576
/** Much longer than an honest caller needs to finish a request. */
const discardMaxMs = 2_000

/**
 * Reads the rest of a request and throws it away. If the answer came before the request's end, Envoy would close the
 * connection, and the caller might see a broken connection instead of the answer (and its Retry-After). Size and time
 * are limited, or a refused caller could hold Envoy's connections by sending very slowly.
 * @returns true at the request's end. If false, the connection must be closed.
 * @throws CallerGone
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
    request.once('error', (cause) => reject(new CallerGone('the caller went away', { cause })))
    request.once('close', () => reject(new CallerGone('the caller went away')))
  })
}
