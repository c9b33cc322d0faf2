import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createInbox,
  type Fault,
  type HttpAnswer,
  type HttpRequest,
  type Kept,
  type ReceiverName,
  receiverNames,
} from './inbox.ts'
import { receiversPage } from './page.ts'
import { createPagerDuty, objectOf } from './pagerDuty.ts'
import { createSlack } from './slack.ts'
import { startSmtp } from './smtp.ts'
import { createWebhook } from './webhook.ts'

/** The keys that a sender must have. */
export type ReceiverKeys = {
  pagerDutyRoutingKey: string
  pagerDutyWebhookSecret: string
  slackToken: string
  /** `whsec_` and base64. */
  webhookSecret: string
  mail: { user: string; pass: string }
}
export type ReceiversOptions = {
  /** 0 chooses a free port, as for mail. */
  port: number
  smtpPort: number
  keys: ReceiverKeys
  /** Where PagerDuty sends its webhooks. */
  pagerDutyWebhookUrl: string
  /** Called before a message is answered. */
  onKept?: (kept: Kept) => void
}
export type Receivers = Awaited<ReturnType<typeof startReceivers>>

export const slackChannel = 'C0TICKWATCH'
const bodyBytesMax = 2 * 1_024 * 1_024

/**
 * Stands in for PagerDuty, Slack, a webhook and a mail server. They check what they get and keep it: `/` shows it to
 * people, `/messages` to programs. `POST /faults` with `{receiver, faults: [{answer: 429 | 500 | "lost"}]}` lets the next
 * requests fail, one fault each.
 */
export async function startReceivers(options: ReceiversOptions) {
  const { keys } = options
  const inbox = createInbox(options.onKept)
  const pagerDuty = createPagerDuty(inbox, {
    routingKey: keys.pagerDutyRoutingKey,
    webhookSecret: keys.pagerDutyWebhookSecret,
  })
  const slack = createSlack(inbox, { token: keys.slackToken, channel: slackChannel })
  const webhook = createWebhook(inbox, keys.webhookSecret)
  const smtp = await startSmtp(inbox, { port: options.smtpPort, ...keys.mail })
  const receivers: Partial<Record<string, { name: ReceiverName; answer(request: HttpRequest): HttpAnswer }>> = {
    pagerduty: { name: 'pagerduty', answer: pagerDuty.answer },
    slack: { name: 'slack', answer: slack.answer },
    webhook: { name: 'webhook', answer: webhook.answer },
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming)
    const method = incoming.method ?? 'GET'
    const { pathname } = new URL(incoming.url ?? '/', 'http://receivers')
    const [, first = '', ...rest] = pathname.split('/')
    if (await control(method, pathname, body, response)) return
    const receiver = method === 'POST' ? receivers[first] : undefined
    if (!receiver) {
      respond(response, { status: 404, json: { error: 'there is no such receiver' } })
      return
    }
    const fault = inbox.faultOf(receiver.name)
    if (fault && fault.answer !== 'lost') {
      const { answer: status, retryAfterSeconds } = fault
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
      respond(response, { status, headers, json: { error: 'a fault that was asked for' } })
      return
    }
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    const answer = receiver.answer({ method, path: `/${rest.join('/')}`, headers, body })
    if (fault) response.socket?.destroy()
    else respond(response, answer)
  }

  /** The page and what tests use. @returns whether it was one of these. */
  async function control(method: string, path: string, body: Buffer, response: ServerResponse): Promise<boolean> {
    if (method === 'GET' && path === '/') {
      const page = receiversPage({ kept: inbox.kept, incidents: pagerDuty.incidents, slack: slack.messages })
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
      }
      response.writeHead(200, headers).end(page)
    } else if (method === 'GET' && path === '/messages') {
      const { kept, refused } = inbox
      respond(response, { status: 200, json: { kept, refused, incidents: pagerDuty.incidents, slack: slack.messages } })
    } else if (method === 'POST' && path === '/faults') {
      const { receiver, faults } = objectOf(body)
      const name = receiverNames.find((known) => known === receiver)
      if (name && Array.isArray(faults)) inbox.fail(name, ...(faults as Fault[]))
      respond(response, { status: name ? 204 : 400 })
    } else if (method === 'POST' && path === '/pagerduty/act') {
      const form = new URLSearchParams(body.toString())
      const act = form.get('act') === 'resolved' ? 'resolved' : 'acknowledged'
      await pagerDuty.act(act, form.get('key') ?? '', 'Pagerduty Person', options.pagerDutyWebhookUrl).catch(() => 0)
      response.writeHead(303, { location: '/' }).end()
    } else return false
    return true
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else respond(response, { status: 500, json: { error: String(error) } })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => resolve())
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    pagerDutyUrl: `${url}/pagerduty`,
    slackUrl: `${url}/slack/api/`,
    webhookUrl: `${url}/webhook`,
    smtpUrl: smtp.url,
    inbox,
    pagerDuty,
    slack,
    mails: smtp.mails,
    async stop(): Promise<void> {
      server.closeAllConnections()
      await Promise.all([new Promise((resolve) => server.close(resolve)), smtp.stop()])
    },
  }
}

function respond(response: ServerResponse, { status, json, headers = {} }: HttpAnswer): void {
  const type = json === undefined ? {} : { 'content-type': 'application/json' }
  response.writeHead(status, { ...type, ...headers }).end(json === undefined ? undefined : JSON.stringify(json))
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes > bodyBytesMax) throw new RangeError('the body is too large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}
