import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { decodeSnappy, Scratch } from '@tickwatch/remote-write'
import { decodeOracleV1, type OracleV1 } from '@tickwatch/remote-write/testing'

type Reply = { status: number; body?: string; retryAfter?: string; afterMs?: number }

export type Asked = { method: string; url: URL; headers: IncomingHttpHeaders; form: URLSearchParams }

/** A stand-in for AMP. It keeps the writes that it accepts, and answers as the test sets it. */
export type AmpCapture = {
  endpoint: string
  /** Accepted writes (answered with 2xx), decoded by another implementation than ours. */
  taken: OracleV1[]
  /** The decompressed bytes of the accepted writes. */
  bodies: Buffer[]
  /** Requests received, whatever the answer was, without readiness checks. */
  requests: number
  reply: Reply
  /** Queries received. */
  asked: Asked[]
  /** Answers each query. */
  answerQuery: (response: ServerResponse) => void
  /** The labels of each accepted series, such as `__name__=up tenant=acme`. */
  labelsTaken(): string[]
  /** Forgets all requests, and accepts all that follow. */
  reset(): void
  close(): Promise<void>
}

export async function startAmpCapture(): Promise<AmpCapture> {
  const scratch = new Scratch()
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '', capture.endpoint)
      if (!url.pathname.endsWith('/remote_write')) {
        const form = new URLSearchParams(Buffer.concat(chunks).toString())
        capture.asked.push({ method: request.method ?? '', url, headers: request.headers, form })
        capture.answerQuery(response)
        return
      }
      const bytes = decodeSnappy(Buffer.concat(chunks), scratch, 64 * 1_048_576)
      const write = decodeOracleV1(bytes)
      const isCheck = write.timeseries.length + write.metadata.length === 0
      const { status, body = '', retryAfter, afterMs = 0 } = isCheck ? { status: 200 } : capture.reply
      if (!isCheck) capture.requests++
      if (!isCheck && status < 300) {
        capture.taken.push(write)
        capture.bodies.push(Buffer.from(bytes))
      }
      const answer = () => response.writeHead(status, retryAfter ? { 'retry-after': retryAfter } : {}).end(body)
      if (afterMs > 0) setTimeout(answer, afterMs)
      else answer()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  const capture: AmpCapture = {
    endpoint: `http://127.0.0.1:${address.port}/workspaces/ws-test`,
    taken: [],
    bodies: [],
    requests: 0,
    reply: { status: 200 },
    asked: [],
    answerQuery: (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    labelsTaken: () =>
      capture.taken.flatMap(({ timeseries }) =>
        timeseries.map(({ labels }) => labels.map(({ name, value }) => `${name}=${value}`).join(' ')),
      ),
    reset: () => {
      capture.taken.length = 0
      capture.bodies.length = 0
      capture.requests = 0
      capture.reply = { status: 200 }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return capture
}
