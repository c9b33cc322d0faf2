/** Reads a tRPC subscription as the portal's web server does: server-sent events over HTTP. */
export async function openStream(url: string, headers: Record<string, string>) {
  const ending = new AbortController()
  const response = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' }, signal: ending.signal })
  const events: { event: string; data: unknown }[] = []
  let ended: 'open' | 'closed' | 'aborted' = 'open'
  const reading = (async () => {
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        const field = (name: string) => block.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1]
        const data = field('data')
        if (data !== undefined)
          events.push({ event: field('event') ?? 'message', data: data === '' ? null : JSON.parse(data) })
      }
    }
    ended = 'closed'
  })().catch(() => {
    ended = 'aborted'
  })
  return {
    status: response.status,
    /** The views that were sent, without tRPC's own events. */
    views: () => events.filter((e) => e.event === 'message').map((e) => e.data),
    /** tRPC's events, such as `return` or `serialized-error`. */
    others: () => events.filter((e) => e.event !== 'message').map((e) => e.event),
    state: () => ended,
    async close() {
      ending.abort()
      await reading
    },
  }
}
