import { createTransport } from 'nodemailer'
import type { Answer } from '../notification.rules.ts'
import { type Content, eventLine, headline, type Sent, shortened } from './content.ts'
import { answerWithinMs } from './post.ts'

export type MailServer = {
  /** `smtp://host:port` or `smtps://host:port`. */
  url: string
  from: string
  /** Null if the server asks for none. */
  credentials: { user: string; pass: string } | null
}

/** A mail for each batch. The mails of one thread answer its first one, so that mail programs show them together. */
export async function sendMail(content: Content, to: readonly string[], server: MailServer): Promise<Sent> {
  const { protocol, hostname, port } = new URL(server.url)
  const domain = server.from.split('@').at(-1)?.replace('>', '') ?? 'tickwatch'
  const messageId = `<${content.batchId}@${domain}>`
  const root = rootOf(content.remote)
  let wholeMessageSent = false
  const transport = createTransport({
    ...{ host: hostname, port: Number(port || (protocol === 'smtps:' ? 465 : 587)), secure: protocol === 'smtps:' },
    // A server on another machine gets a password and names of incidents.
    requireTLS: protocol === 'smtp:' && hostname !== '127.0.0.1' && hostname !== 'localhost',
    ...(server.credentials ? { auth: server.credentials } : {}),
    ...{ connectionTimeout: answerWithinMs, greetingTimeout: answerWithinMs, socketTimeout: answerWithinMs },
    ...{ disableFileAccess: true, disableUrlAccess: true },
    // It says when the whole message was written: without an answer after that, the server may have it.
    logger: {
      ...{ level() {}, trace() {}, debug() {}, warn() {}, error() {}, fatal() {} },
      info(entry: { tnx?: string }) {
        if (entry.tnx === 'message') wholeMessageSent = true
      },
    },
  })
  try {
    const { rejected, response } = await transport.sendMail({
      ...{ from: server.from, to: [...to], messageId, text: textOf(content) },
      subject: `[Tickwatch] ${shortened(headline(content), 200)}`,
      // RFC 3834: no vacation notice answers it.
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...(root ? { inReplyTo: root, references: [root] } : {}),
    })
    const refused = rejected.length === 0 ? '' : ` It refused ${rejected.join(', ')}.`
    const answer: Answer = { kind: 'accepted', text: `It answered ${response}.${refused}` }
    return { answer, ...(root ? {} : { remote: { messageId } }) }
  } catch (error) {
    return { answer: answerToMail(error, wholeMessageSent) }
  } finally {
    transport.close()
  }
}

export function answerToMail(error: unknown, wholeMessageSent: boolean): Answer {
  const { responseCode, response, code, message } = Object(error) as Record<string, unknown>
  if (typeof responseCode === 'number') {
    const text = `It answered ${String(response ?? responseCode)}.`
    // RFC 5321, 4.2.1: 4xx asks for a repetition, 5xx refuses. A refused sign-in can be put right without losing messages.
    if (code === 'EAUTH') return { kind: 'unsent', text }
    return { kind: responseCode >= 500 ? 'refused' : 'failed', text }
  }
  const why = String(code ?? message)
  if (wholeMessageSent) return { kind: 'lost', text: `Its answer was lost: ${why}.` }
  return { kind: 'unsent', text: `It could not be reached: ${why}.` }
}

function textOf(content: Content): string {
  const { text, url, links, events, isTold, isStorm, count } = content
  const happened = isTold || isStorm ? [] : events.map((event) => `- ${eventLine(event)}`)
  const more = count > events.length && !isStorm ? [`- and ${count - events.length} more before`] : []
  const lines = [text, ...[...happened, ...more], '', url, ...links.map(({ text, href }) => `${text}: ${href}`)]
  return `${lines.filter((line, i) => line !== '' || i > 0).join('\n')}\n`
}

function rootOf(remote: unknown): string | null {
  const { messageId } = Object(remote) as Record<string, unknown>
  return typeof messageId === 'string' ? messageId : null
}
