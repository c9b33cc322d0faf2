import { lstat, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { Answer } from './answers.ts'
import { discardRest, SenderGone } from './requestBody.ts'

/** Answers one request; who waits for the answer is gone when `response` is closed. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<Answer> | Answer

/** Envoy gives up on a write after 30 s in all; nothing honest takes longer to arrive. */
const requestTimeoutMs = 30_000

/** A process is killed some 10 s after it was told to end: what comes after the drain needs its part of that. */
const drainMaxMs = 5_000

/** An HTTP server that drains. */
export class HttpServer {
  readonly #server: Server
  readonly #log: Logger
  #draining = false

  /** @param handler what it throws is answered with 500 and logged. */
  constructor(handler: Handler, log: Logger) {
    this.#log = log
    this.#server = createServer((request, response) => void this.#answer(handler, request, response))
    this.#server.requestTimeout = requestTimeoutMs
    // Envoy keeps its connections; if this side closed one just as a request goes out on it, that request would be lost.
    this.#server.keepAliveTimeout = 0
  }

  /** @returns the port, which the system chose if `port` is 0. */
  async listenTcp(host: string, port: number): Promise<number> {
    await this.#listen({ host, port })
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : port
  }

  /**
   * Listens on a Unix socket that only this user may open. A socket left over by a killed process is removed.
   * @throws Error when another process listens there, or something else is in the way.
   */
  async listenUnix(path: string): Promise<void> {
    await removeStaleSocket(path)
    // The socket is made within the call of listen(): its mode is never wider, not even for a moment.
    const umask = process.umask(0o177)
    const listening = this.#listen({ path })
    process.umask(umask)
    await listening
  }

  /** From now on each answer ends its connection, so that no new request comes over it. */
  drain(): void {
    this.#draining = true
  }

  /** Takes no new connections and waits until the requests in flight are answered; what takes longer than `maxMs` is cut off. */
  close(maxMs = drainMaxMs): Promise<void> {
    this.#draining = true
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#log.warn('requests in flight are cut off')
        this.#server.closeAllConnections()
      }, maxMs)
      this.#server.close((cause) => {
        clearTimeout(deadline)
        if (cause) reject(cause)
        else resolve()
      })
      this.#server.closeIdleConnections()
    })
  }

  #listen(where: { host: string; port: number } | { path: string }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(where, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  async #answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let reply: Answer
    let isWhole = true
    try {
      reply = await handler(request, response)
      isWhole = await discardRest(request)
    } catch (cause) {
      if (cause instanceof SenderGone) return
      this.#log.error({ err: cause, path: request.url }, 'a request failed')
      reply = { status: 500, headers: {}, body: '' }
    }
    const headers: Record<string, string> = { ...reply.headers }
    if (this.#draining || !isWhole) headers.connection = 'close'
    const { body } = reply
    if (typeof body === 'string') {
      if (reply.status !== 204) headers['content-length'] = String(Buffer.byteLength(body))
      response.writeHead(reply.status, headers).end(body)
      return
    }
    response.writeHead(reply.status, headers)
    // Cut off on either side, the other is cut off too: half an answer must not look whole.
    await pipeline(body, response).catch((cause: unknown) => this.#log.debug({ err: cause }, 'an answer was cut off'))
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
  if (!found) return
  if (!found.isSocket()) throw new Error(`${path} is in the way, and it is no socket`)
  if (await answers(path)) throw new Error(`another process listens on ${path}`)
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
