import { idForms } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, nameInput, reasonInput, textInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'

// 1. What is told ----------------------------------------------------------------------------------------------------

export const kinds = ['incident', 'change', 'notice'] as const
export const severities = ['page', 'ticket', 'info'] as const
export type Kind = (typeof kinds)[number]
export type Severity = (typeof severities)[number]

/** What a receiver is told. Routes match its first four members. */
export type Notification = {
  kind: Kind
  severity: Severity
  /** The id of the SLO; null if it is about none. */
  slo: string | null
  tenantId: string | null
  title: string
  /** What happened, in a sentence or two of plain text. */
  text: string
  /** A path in the portal. */
  path: string
  links: { text: string; href: string }[]
  /** Who did it; null if nobody. */
  by: string | null
  /** ISO 8601, UTC. */
  at: string
}

// 2. Inputs ----------------------------------------------------------------------------------------------------------

/** A key in AWS Secrets Manager. The API reads it when it sends; it is not in the database. */
const secretInput = z
  .string()
  .regex(
    /^secretsmanager:arn:aws[a-z-]{0,10}:secretsmanager:[a-z0-9-]{1,30}:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}$/,
    'Use secretsmanager: and the ARN of a secret, such as secretsmanager:arn:aws:secretsmanager:eu-central-1:123456789012:secret:pagerduty-AbCdEf.',
  )

const webhookUrlInput = textInput(2_000).superRefine((text, context) => {
  const fault = webhookUrlFault(text)
  if (fault) context.addIssue({ code: 'custom', message: fault })
})

function webhookUrlFault(text: string): string | null {
  if (!URL.canParse(text)) return 'This is not a URL. Use one that begins with https://.'
  const { protocol, hostname, username, password } = new URL(text)
  if (username || password)
    return 'The URL must have no user or password: it is shown to people. The signature proves who sends.'
  if (protocol === 'https:') return null
  const isHere = hostname === '127.0.0.1' || hostname === 'localhost'
  return protocol === 'http:' && isHere ? null : 'Use https://. Only on this machine (127.0.0.1) may it be http://.'
}

const addressInput = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,5}$/,
    'Use an e-mail address, such as on-call@example.com.',
  )

export const settingsInput = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['pagerduty']),
    /** The integration key of an Events API v2 integration. */
    routingKey: secretInput,
    /** The secret of a webhook subscription v3, so that what people do in PagerDuty shows here; null without one. */
    webhookSecret: secretInput.nullable(),
  }),
  z.object({
    kind: z.enum(['slack']),
    /** A bot token with the scope `chat:write`. */
    token: secretInput,
    channel: z
      .string()
      .regex(
        /^[CG][A-Z0-9]{6,20}$/,
        'Use the id of a channel, such as C0123456789: it is at the end of the channel’s details in Slack.',
      ),
  }),
  z.object({
    kind: z.enum(['webhook']),
    url: webhookUrlInput,
    /** The signing secret, `whsec_` and base64. */
    secret: secretInput,
  }),
  z.object({ kind: z.enum(['email']), to: z.array(addressInput).min(1).max(20) }),
])
export type ReceiverSettings = z.output<typeof settingsInput>
export const receiverKinds = ['pagerduty', 'slack', 'webhook', 'email'] as const satisfies ReceiverSettings['kind'][]

const receiverName = idInput(idForms.peer)
export const createInput = z.object({ name: receiverName, settings: settingsInput })
/** The kind of a receiver can't change. */
export const updateInput = z.object({ id: z.uuid(), name: receiverName, settings: settingsInput })
/** `confirm` must repeat the receiver's name. */
export const removeInput = z.object({ id: z.uuid(), confirm: textInput(100) })
export const testInput = z.object({ id: z.uuid() })

// The form of an SLO's id in packages/slo is the same as a tenant's.
const sloInput = idInput(idForms.tenant)
export const routeInput = z.object({
  name: nameInput(100),
  /** An empty list matches everything. */
  kinds: z.array(z.enum(kinds)).max(kinds.length),
  severities: z.array(z.enum(severities)).max(severities.length),
  slos: z.array(sloInput).max(100),
  tenants: z.array(idInput(idForms.tenant)).max(100),
  receivers: z.array(z.uuid()).min(1).max(20),
})
export type Route = z.output<typeof routeInput>

/** `baseVersion` is the version that the person edited; 0 if there was none. */
export const setRoutesInput = z.object({
  baseVersion: z.number().int().min(0).max(1_000_000_000),
  routes: z
    .array(routeInput)
    .max(100)
    .superRefine((routes, context) => {
      const twice = routes.find(({ name }, i) => routes.findIndex((other) => other.name === name) < i)
      if (twice) context.addIssue({ code: 'custom', message: `Two routes are called ${twice.name}. Rename one.` })
    }),
  reason: reasonInput,
})
export const listInput = z.object({
  ...cursorInput,
  receiverId: z.uuid().optional(),
  /** What a test returned, for example. */
  subject: textInput(255).optional(),
  /** `undecided`: those of which nothing more is sent until a person decides. */
  show: z.enum(['all', 'waiting', 'trouble', 'undecided']).optional(),
})
export const sendAgainInput = z.object({ id: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
/** What a route would do with a notification. */
export const dryRunInput = z.object({ routes: z.array(routeInput).max(100) })

// 3. Views -----------------------------------------------------------------------------------------------------------

/** What a person must decide about is counted for so long. */
export const undecidedForMs = 7 * 86_400_000

export type ReceiverView = {
  id: string
  name: string
  settings: ReceiverSettings
  createdAt: string
  /** How many messages wait, and since when the oldest does. */
  waiting: number
  oldestWaitingAt: string | null
  /** The last answer to a message that still waits; null if it was not tried yet. */
  waitingAnswer: string | null
  /** Of the last 7 days, those that a person must decide about: refused or given up; and with lost answers. */
  failed: number
  unknown: number
  /** What was finished last. */
  last: { at: string; state: 'sent' | 'failed' | 'unknown'; answer: string | null } | null
  /** Nothing is sent before, because the receiver said so or fails; null if it works. */
  pausedUntil: string | null
  /** How many sends failed since the last one that it accepted. */
  failures: number
}
export type ReceiversView = { items: ReceiverView[]; receiversMax: number; mailIsSetUp: boolean }

export type RoutesView = {
  version: number
  createdAt: string | null
  by: Person | null
  reason: string | null
  routes: Route[]
}

export type MessageView = {
  id: number
  receiver: { id: string; name: string; kind: ReceiverSettings['kind'] }
  subject: string
  event: string
  title: string
  /** `unknown`: the answer was lost twice, so it may have arrived twice, once or never. */
  state: 'waiting' | 'sending' | 'sent' | 'failed' | 'unknown'
  attempts: number
  /** The answer to at least one attempt was lost, and the receiver can't recognise a repetition: it may have it twice. */
  maybeTwice: boolean
  lastAnswer: string | null
  createdAt: string
  finishedAt: string | null
  nextAttemptAt: string | null
  /** Nothing more is sent of it until a person decides to send it again. */
  needsDecision: boolean
}

/** For each of the last 100 notifications that went to any receiver, newest first: which receivers these routes choose. */
export type DryRunView = {
  title: string
  kind: Kind
  severity: Severity
  tenantId: string | null
  slo: string | null
  /** Names. */
  receivers: string[]
}[]

/** Of each of the last 100 alerts, newest first: whether these routes would take it, and which routes do now. */
export type AlertDryRunView = {
  name: string
  severity: 'page' | 'ticket'
  slo: string | null
  tenantId: string | null
  /** When it began to fire. */
  startsAt: string
  fits: boolean
  /** Names of routes. */
  takenBy: string[]
}[]
