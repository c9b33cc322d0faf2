import { lstat, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { Answer } from './answers.ts'
import { CallerGone, discardRest } from './requestBody.ts'

/** Answers one request. If `response` is closed, the caller went away. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<Answer> | Answer

/** Envoy gives up on a write after 30 s in total, so no honest request takes longer to arrive. */
const requestTimeoutMs = 30_000

/** A process is killed about 10 s after its SIGTERM. The steps after the drain need some of that time. */
const drainMaxMs = 5_000

/** An HTTP server that drains. */
export class HttpServer {
  readonly #server: Server
  readonly #log: Logger
  #draining = false

  /** @param handler if it throws, the answer is 500 and the error is logged. */
  constructor(handler: Handler, log: Logger) {
    this.#log = log
    this.#server = createServer((request, response) => void this.#answer(handler, request, response))
    this.#server.requestTimeout = requestTimeoutMs
    // Envoy reuses its connections. If we closed one just as Envoy sends a request on it, that request would be lost.
    this.#server.keepAliveTimeout = 0
  }

  /** @returns the port. If `port` is 0, the system chose it. */
  async listenTcp(host: string, port: number): Promise<number> {
    await this.#listen({ host, port })
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : port
  }

  /**
   * Listens on a Unix socket that only this user and its group, which has Envoy, may open. Removes a socket that a killed
   * process left.
   * @throws Error if another process listens there, or if the path is another kind of file.
   */
  async listenUnix(path: string): Promise<void> {
    await removeStaleSocket(path)
    // listen() creates the socket during its call, so the socket never has a wider mode, not even for a moment.
    const umask = process.umask(0o117)
    const listening = this.#listen({ path })
    process.umask(umask)
    await listening
  }

  /** From now on each answer closes its connection, so that no new request arrives on it. */
  drain(): void {
    this.#draining = true
  }

  /** Accepts no new connections, and waits at most `maxMs` for the requests in flight. Then it cuts them off. */
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
      if (cause instanceof CallerGone) return
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
    // If one side is cut off, cut off the other too, so that half an answer does not look complete.
    await pipeline(body, response).catch((cause: unknown) => this.#log.debug({ err: cause }, 'an answer was cut off'))
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw cause
  })
  if (!found) return
  if (!found.isSocket()) throw new Error(`cannot listen on ${path}: it exists and is not a socket`)
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
