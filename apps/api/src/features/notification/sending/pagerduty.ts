import { type Content, eventLine, type Sent, type State, shortened } from './content.ts'
import { postJson } from './post.ts'

const actions = { open: 'trigger', acknowledged: 'acknowledge', resolved: 'resolve' } as const satisfies Record<
  State,
  string
>
const severities = { page: 'critical', ticket: 'warning', info: 'info' } as const

/**
 * PagerDuty's Events API v2. The key names the incident and its episode, so a repetition changes nothing, and a late
 * *resolve* of one episode can't close the next.
 * https://developer.pagerduty.com/docs/send-alert-event, https://developer.pagerduty.com/docs/send-change-event
 */
export async function sendToPagerDuty(
  content: Content,
  routingKey: string,
  apiUrl: string,
  signal: AbortSignal,
): Promise<Sent> {
  const { notification } = content
  const links = [
    { href: content.url, text: 'Open in Tickwatch' },
    ...content.links.map(({ text, href }) => ({ href, text: shortened(text, 200) })),
  ]
  const about = {
    summary: shortened(content.title, 1_024),
    source: notification.tenantId ?? 'tickwatch',
    timestamp: notification.at,
    custom_details: detailsOf(content),
  }
  if (content.isTold) {
    const change = { routing_key: routingKey, payload: about, links }
    return { answer: await postJson(`${apiUrl}/v2/change/enqueue`, JSON.stringify(change), {}, signal) }
  }
  const event = {
    ...{ routing_key: routingKey, event_action: actions[content.state], dedup_key: content.dedupKey },
    ...{ client: 'Tickwatch', client_url: content.url, links },
    payload: {
      ...about,
      severity: severities[content.severity],
      ...(notification.slo === null || content.isStorm ? {} : { component: notification.slo }),
    },
  }
  return { answer: await postJson(`${apiUrl}/v2/enqueue`, JSON.stringify(event), {}, signal) }
}

// An event may have 512 KB: this has at most 25.
const detailsOf = (content: Content) => ({
  text: shortened(content.text, 4_000),
  ...(content.notification.tenantId === null || content.isStorm ? {} : { tenant: content.notification.tenantId }),
  ...(content.isStorm
    ? content.subjects
    : { events: content.events.slice(-20).map((event) => shortened(eventLine(event), 500)) }),
})
