import { type HttpAnswer, type HttpRequest, type Inbox, perMinute } from './inbox.ts'

export type SlackMessage = { ts: string; threadTs: string | null; text: string; edits: number }

const textMax = 40_000

/** Slack's Web API, as far as Tickwatch uses it. Its errors come with status 200. https://docs.slack.dev/apis/web-api */
export function createSlack(inbox: Inbox, options: { token: string; channel: string }) {
  const messages: SlackMessage[] = []
  // Tier 3 has 50 a minute; of chat.postMessage a channel takes about one a second.
  const limits: Record<string, () => boolean> = { 'chat.postMessage': perMinute(60), 'chat.update': perMinute(50) }
  let made = 0

  function answer({ path, headers, body }: HttpRequest): HttpAnswer {
    const method = path.replace('/api/', '')
    if (limits[method]?.()) return { status: 429, headers: { 'retry-after': '5' }, json: fault('ratelimited') }
    const given = Object.fromEntries(new URLSearchParams(body.toString()))
    const why = faultOf(method, given, headers.authorization)
    if (why !== null) {
      inbox.refuse('slack', `${method}: ${why}`)
      return { status: 200, json: fault(why) }
    }
    if (method === 'auth.test') return { status: 200, json: { ok: true, team: 'Tickwatch', user: 'tickwatch' } }
    const { channel = '', text = '', thread_ts: threadTs = null } = given
    if (method === 'chat.update') {
      const known = messages.find(({ ts }) => ts === given.ts)
      if (known) Object.assign(known, { text, edits: known.edits + 1 })
      return { status: 200, json: { ok: true, channel, ts: given.ts, text } }
    }
    made += 1
    const ts = `${Math.floor(Date.now() / 1_000)}.${String(made).padStart(6, '0')}`
    messages.push({ ts, threadTs, text, edits: 0 })
    const [title = '', ...rest] = text.split('\n')
    const what = threadTs === null ? 'message' : 'reply'
    inbox.keep({ receiver: 'slack', what, title, text: rest.join('\n'), body: given })
    return { status: 200, json: { ok: true, channel, ts, message: { text, ts } } }
  }

  function faultOf(method: string, given: Record<string, string>, authorization = ''): string | null {
    if (authorization === '') return 'not_authed'
    if (authorization !== `Bearer ${options.token}`) return 'invalid_auth'
    if (method === 'auth.test') return null
    if (method !== 'chat.postMessage' && method !== 'chat.update') return 'unknown_method'
    if (given.channel !== options.channel) return 'channel_not_found'
    if (!given.text) return 'no_text'
    if (given.text.length > textMax) return 'msg_too_long'
    const named = method === 'chat.update' ? given.ts : given.thread_ts
    if (method === 'chat.update' && !messages.some(({ ts }) => ts === named)) return 'message_not_found'
    if (named !== undefined && !messages.some(({ ts }) => ts === named)) return 'thread_not_found'
    return null
  }

  return { answer, messages }
}

const fault = (error: string) => ({ ok: false, error })
