import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api'
import type { Answer } from '../notification.rules.ts'
import { type Content, eventLine, headline, type Sent, type State, shortened } from './content.ts'
import { afterFault, answerOf, answerWithinMs } from './post.ts'

const marks = { open: '🔴', acknowledged: '🟡', resolved: '🟢' } as const satisfies Record<State, string>
/** Slack may cut longer texts. */
const textMax = 3_000
const gone = ['message_not_found', 'cant_update_message', 'edit_window_closed']

/**
 * A message for each thread, which shows the newest state, and what happened as replies to it. Slack can't recognise a
 * repetition, so the client must not repeat by itself: the outbox does, and shows it.
 * @param repeats an earlier answer was lost. Then a call without effect shows first whether Slack answers now.
 */
export async function sendToSlack(
  content: Content,
  to: { token: string; channel: string; apiUrl: string },
  repeats: boolean,
  signal: AbortSignal,
): Promise<Sent> {
  const client = new WebClient(to.token, {
    ...{ slackApiUrl: to.apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: answerWithinMs },
    // It would log the text of answers.
    logLevel: LogLevel.ERROR,
    logger: silent,
    fetch: (url, init) =>
      fetch(url, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) }),
  })
  const text = rootText(content)
  const quiet = { unfurl_links: false, unfurl_media: false }
  const post = (threadTs: string | null, what: string) =>
    client.chat.postMessage({
      ...{ channel: to.channel, text: what, ...quiet },
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
    })

  const before = rootOf(content.remote)
  // It shows the newest state, however often it is sent.
  const checked = repeats ? await called(() => client.auth.test()) : null
  if (checked && checked.kind !== 'accepted') return { answer: withoutEffect(checked) }
  if (before) {
    const updated = await called(() => client.chat.update({ ...before, text }))
    const isGone = updated.kind === 'refused' && gone.some((code) => updated.text.includes(code))
    if (!isGone) {
      if (updated.kind !== 'accepted' || content.isStorm) return { answer: withoutEffect(updated) }
      const lines = content.events.map(eventLine).join('\n')
      return { answer: await called(() => post(before.ts, shortened(escaped(lines), textMax))) }
    }
  }
  let remote: { channel: string; ts: string } | null = null
  const answer = await called(async () => {
    const { channel, ts } = await post(null, text)
    if (channel && ts) remote = { channel, ts }
  })
  return { answer, ...(remote ? { remote } : {}) }
}

/** The answer to a call that does no harm if it is repeated. */
const withoutEffect = (answer: Answer): Answer =>
  answer.kind === 'lost' ? { kind: 'failed', text: answer.text } : answer

async function called(call: () => Promise<unknown>): Promise<Answer> {
  try {
    await call()
    return { kind: 'accepted', text: 'It accepted the message.' }
  } catch (error) {
    if (error instanceof WebAPIRateLimitedError) {
      return { kind: 'limited', text: 'It answered 429.', retryAfterSeconds: error.retryAfter }
    }
    if (error instanceof WebAPIPlatformError) return refusal(error.data.error)
    if (error instanceof WebAPIHTTPError) return answerOf(error.statusCode, null, '')
    if (error instanceof WebAPIRequestError) return afterFault(error.original)
    return afterFault(error)
  }
}

// Slack's own faults, https://docs.slack.dev/reference/methods/chat.postMessage#errors: the same message may pass later.
const passing = [
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
  'ratelimited',
]

const refusal = (code: string): Answer => ({
  kind: passing.includes(code) ? 'failed' : 'refused',
  text: `It refused the message: ${code}.`,
})

function rootText(content: Content): string {
  const mark = content.isTold ? '' : `${marks[content.state]} `
  const lines = [`${mark}*${escaped(headline(content))}*`, escaped(content.text)]
  const links = [{ text: 'Open in Tickwatch', href: content.url }, ...content.links]
  const shown = links.map(({ text, href }) => `<${encodeURI(decodedOnce(href))}|${escaped(text).replaceAll('|', '¦')}>`)
  return `${shortened(lines.filter(Boolean).join('\n'), textMax)}\n${shown.join(' · ')}`
}

/** So that `encodeURI` does not encode twice. */
function decodedOnce(href: string): string {
  try {
    return decodeURI(href)
  } catch {
    return href
  }
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function rootOf(remote: unknown): { channel: string; ts: string } | null {
  const { channel, ts } = Object(remote) as Record<string, unknown>
  return typeof channel === 'string' && typeof ts === 'string' ? { channel, ts } : null
}

const silent = {
  ...{ debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {} },
  getLevel: () => LogLevel.ERROR,
}
