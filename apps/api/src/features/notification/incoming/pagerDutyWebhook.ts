import { createHmac, timingSafeEqual } from 'node:crypto'
import { storable } from '@tickwatch/policy'
import { z } from 'zod'
import { DomainError } from '../../../shared/errors.ts'

/** What somebody did in PagerDuty. */
export type PagerDutyAct = {
  /** PagerDuty's id of the event: a repetition has the same. */
  eventId: string
  act: 'acknowledged' | 'resolved'
  /** The person in PagerDuty; null if PagerDuty or a program did it. */
  by: string | null
  at: Date
  dedupKey: string
}

/**
 * Whether PagerDuty signed this body. The header may have several signatures, while a secret is replaced.
 * https://developer.pagerduty.com/docs/verifying-webhook-signatures
 */
export function isSignedByPagerDuty(body: Uint8Array, header: string, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(body).digest()
  return header.split(',').some((signature) => {
    const [, hex] = /^v1=([0-9a-f]{64})$/.exec(signature.trim()) ?? []
    return hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), expected)
  })
}

const name = z.string().max(1_000).overwrite(storable)
const body = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().max(200),
    occurred_at: z.iso.datetime({ offset: true }),
    agent: z.object({ type: z.string().max(200), summary: name.nullish() }).nullish(),
    data: z.object({ incident_key: z.string().max(1_000).nullish() }),
  }),
})

const acts: Partial<Record<string, PagerDutyAct['act']>> = {
  'incident.acknowledged': 'acknowledged',
  'incident.resolved': 'resolved',
}

/**
 * What a webhook v3 says; null if it is about something that nobody here waits for.
 * https://developer.pagerduty.com/docs/webhooks-overview
 * @throws invalid if it is not a webhook of PagerDuty
 */
export function pagerDutyActOf(json: unknown): PagerDutyAct | null {
  const { data } = body.safeParse(json)
  if (!data) throw new DomainError('invalid', 'webhook-malformed', 'The body is not a webhook v3 of PagerDuty.')
  const { event } = data
  const act = acts[event.event_type]
  if (!act || !event.data.incident_key) return null
  const { agent } = event
  return {
    ...{ eventId: event.id, act, dedupKey: event.data.incident_key, at: new Date(event.occurred_at) },
    by: agent?.type === 'user_reference' ? (agent.summary ?? null) : null,
  }
}
