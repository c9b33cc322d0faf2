import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'

type Action = 'ReceiveMessage' | 'DeleteMessage'
type Messages = { Messages?: { Body: string; ReceiptHandle: string }[] }

/** A long poll that a killed process left behind would receive messages for nobody, so it is a short one. */
const waitSeconds = 1

/**
 * Stands between a process of the API and SQS.
 * @param call calls SQS for the test
 */
export async function startSqsProxy(sqsUrl: string, call: (action: string, input: object) => Promise<unknown>) {
  let isAway = false
  let open = 0
  let killing: { action: Action; text: string; kill: () => void } | null = null
  /** What was received and not deleted, by its receipt. */
  const received = new Map<string, string>()

  const kills = (action: string, text: string): boolean => {
    if (killing?.action !== action || !text.includes(killing.text)) return false
    killing.kill()
    killing = null
    return true
  }

  /** @returns null instead of an answer if there is none */
  async function answer(url: string, sent: IncomingHttpHeaders, body: string) {
    if (isAway) return null
    const action = String(sent['x-amz-target']).split('.').at(-1) ?? ''
    const input = JSON.parse(body) as { ReceiptHandle?: string }
    const receipt = input.ReceiptHandle ?? ''
    if (action === 'DeleteMessage' && kills(action, received.get(receipt) ?? '')) return null
    const changed = action === 'ReceiveMessage' ? { ...input, WaitTimeSeconds: waitSeconds } : input
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = sent
    const answered = await fetch(`${sqsUrl}${url}`, {
      ...{ method: 'POST', headers: headers as Record<string, string>, body: JSON.stringify(changed) },
    })
    const text = await answered.text()
    if (action === 'DeleteMessage' && answered.ok) received.delete(receipt)
    if (action === 'ReceiveMessage' && answered.ok) {
      for (const { ReceiptHandle, Body } of (JSON.parse(text) as Messages).Messages ?? []) {
        received.set(ReceiptHandle, Body)
      }
      if (kills(action, text)) return null
    }
    return { status: answered.status, type: answered.headers.get('content-type') ?? '', text }
  }

  const server = createServer(async (request, response) => {
    open += 1
    try {
      const body = Buffer.concat(await request.toArray()).toString()
      const answered = await answer(request.url ?? '/', request.headers, body)
      if (answered) response.writeHead(answered.status, { 'content-type': answered.type }).end(answered.text)
      else request.socket.destroy()
    } catch {
      request.socket.destroy()
    } finally {
      open -= 1
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const idle = () =>
    vi.waitFor(() => {
      if (open > 0) throw new Error(`SQS still has ${open} requests of the API`)
    }, 5_000)

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Answers nobody any more, and waits until nobody waits for an answer. */
    async leave(): Promise<void> {
      isAway = true
      await idle()
    },
    comeBack() {
      isAway = false
    },
    /**
     * Calls `kill` instead of passing on a message with this text to the API, or the API's wish to delete such a message;
     * once.
     */
    killAt(action: Action, text: string, kill: () => void) {
      killing = { action, text, kill }
    },
    /** What a killed process received comes again after 30 s. This is as if they had passed. */
    async release(): Promise<void> {
      await idle()
      for (const ReceiptHandle of received.keys()) {
        await call('ChangeMessageVisibility', { ReceiptHandle, VisibilityTimeout: 0 })
      }
      received.clear()
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}
