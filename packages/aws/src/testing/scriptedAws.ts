import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, vi } from 'vitest'

export type Answer = { status: number; body?: string; headers?: Record<string, string> } | 'hang up' | 'no answer'
type Seen = { method: string; path: string; headers: IncomingMessage['headers']; body: Buffer }

/** A server in place of AWS: it answers what a test says, in order, and keeps what it was asked. */
class ScriptedAws {
  url = ''
  seen: Seen[] = []
  /** Connections that were opened. */
  sockets = 0
  answers: Answer[] = []
  server: Server = createServer()

  /** Sets the answers, in order. The last one is repeated. */
  script(...next: Answer[]): void {
    this.answers = next
  }

  async open(): Promise<void> {
    this.seen = []
    this.sockets = 0
    this.server = createServer((request, response) => {
      this.respond(request, response).catch((cause: unknown) => response.destroy(cause as Error))
    })
    this.server.on('connection', () => {
      this.sockets += 1
    })
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening))
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((closed) => this.server.close(closed))
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    this.seen.push({ method, path, headers, body: Buffer.concat(await request.toArray()) })
    const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? { status: 500 }
    if (answer === 'hang up') request.socket.destroy()
    else if (answer !== 'no answer') response.writeHead(answer.status, answer.headers).end(answer.body)
  }
}

/** Each test of the file gets a server of its own, and the environment that leads the adapters to it. */
export function useScriptedAws(): ScriptedAws {
  const aws = new ScriptedAws()
  beforeEach(async () => {
    await aws.open()
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await aws.close()
  })
  return aws
}

export const awsFault = (status: number, type: string, more: object = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
  body: JSON.stringify({ __type: type, message: 'the reason', ...more }),
})
export const json = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) })
