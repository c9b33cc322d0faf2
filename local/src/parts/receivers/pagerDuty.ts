import { createHmac, randomUUID } from 'node:crypto'
import { type HttpAnswer, type HttpRequest, type Inbox, perMinute } from './inbox.ts'

export type PagerDutyIncident = { key: string; state: 'triggered' | 'acknowledged' | 'resolved'; summary: string }

const eventBytesMax = 512 * 1_024
const actions = ['trigger', 'acknowledge', 'resolve']
const severities = ['critical', 'error', 'warning', 'info']

/**
 * PagerDuty's Events API v2, as far as its documents describe it: a trigger with the key of an open incident updates it,
 * after *resolve* it opens another one; *acknowledge* and *resolve* of an unknown key are accepted and change nothing.
 * https://developer.pagerduty.com/docs/send-alert-event
 */
export function createPagerDuty(inbox: Inbox, options: { routingKey: string; webhookSecret: string }) {
  const incidents: PagerDutyIncident[] = []
  const isLimited = perMinute(120)
  const newest = (key: string) => incidents.findLast((incident) => incident.key === key)

  function answer({ path, headers, body }: HttpRequest): HttpAnswer {
    if (isLimited()) return { status: 429, json: { status: 'throttle exceeded' } }
    const faults: string[] = []
    if (!headers['content-type']?.startsWith('application/json')) faults.push('content-type is not JSON')
    if (body.byteLength > eventBytesMax) faults.push('the event has more than 512 KB')
    const event = objectOf(body)
    const isChange = path === '/v2/change/enqueue'
    if (!isChange && path !== '/v2/enqueue') return { status: 404 }
    if (event.routing_key !== options.routingKey) faults.push('routing_key is not known')
    const payload = Object(event.payload) as Record<string, unknown>
    const action = isChange ? 'change' : String(event.event_action)
    const key = String(event.dedup_key ?? '')
    if (!isChange) {
      if (!actions.includes(action)) faults.push(`event_action is ${action}`)
      if (key === '' || key.length > 255) faults.push('dedup_key must have 1 to 255 characters')
    }
    if (isChange || action === 'trigger') {
      const { summary, source, timestamp, severity } = payload
      if (typeof summary !== 'string' || summary === '' || summary.length > 1_024) faults.push('payload.summary')
      if (typeof source !== 'string' || source === '') faults.push('payload.source')
      if (Number.isNaN(Date.parse(String(timestamp)))) faults.push('payload.timestamp')
      if (!isChange && !severities.includes(String(severity))) faults.push('payload.severity')
    }
    const links = Array.isArray(event.links) ? event.links : []
    if (links.some((link) => !URL.canParse(String(Object(link).href)))) faults.push('links.href')
    if (faults.length > 0) {
      inbox.refuse('pagerduty', faults.join('; '))
      return { status: 400, json: { status: 'invalid event', message: 'Event object is invalid', errors: faults } }
    }
    if (!isChange) change(action, key, String(payload.summary ?? ''))
    const { routing_key: _, ...shown } = event
    const title = String(payload.summary ?? newest(key)?.summary ?? '')
    const text = String(Object(payload.custom_details).text ?? '')
    inbox.keep({ receiver: 'pagerduty', what: `${action} ${key}`.trim(), title, text, body: shown })
    return { status: 202, json: { status: 'success', message: 'Event processed', dedup_key: key } }
  }

  function change(action: string, key: string, summary: string): void {
    const known = newest(key)
    const open = known?.state === 'resolved' ? undefined : known
    if (action === 'trigger') {
      if (open) open.summary = summary
      else incidents.push({ key, state: 'triggered', summary })
    } else if (open) {
      open.state = action === 'resolve' ? 'resolved' : 'acknowledged'
    }
  }

  return {
    answer,
    incidents,
    /**
     * What a person does in PagerDuty, told by a signed webhook v3.
     * @returns the status with which the webhook was answered.
     */
    async act(act: 'acknowledged' | 'resolved', key: string, by: string, url: string): Promise<number> {
      change(act === 'resolved' ? 'resolve' : 'acknowledge', key, '')
      const event = {
        ...{ id: randomUUID(), event_type: `incident.${act}`, resource_type: 'incident' },
        occurred_at: new Date().toISOString(),
        agent: { id: 'PUSER01', type: 'user_reference', summary: by },
        data: { id: 'PINCIDENT', type: 'incident', incident_key: key, status: act },
      }
      const body = JSON.stringify({ event })
      const signature = `v1=${createHmac('sha256', options.webhookSecret).update(body).digest('hex')}`
      const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': signature }
      return (await fetch(url, { method: 'POST', headers, body })).status
    },
  }
}

export function objectOf(body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}
