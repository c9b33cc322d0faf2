import type { SecretStore } from '@tickwatch/aws'
import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import type { OutboxBatch } from '@tickwatch/db'
import { z } from 'zod'
import type { ReceiverSettings } from '../notification.types.ts'
import { contentOf, type Sent } from './content.ts'
import { sendMail } from './email.ts'
import { sendToPagerDuty } from './pagerduty.ts'
import { sendToSlack } from './slack.ts'
import { sendToWebhook } from './webhook.ts'

export type Send = (settings: ReceiverSettings, batch: OutboxBatch, now: Date, signal: AbortSignal) => Promise<Sent>

export type SendingParts = {
  secrets: SecretStore
  /** The portal, for links. */
  portalUrl: string
  pagerDutyUrl: string
  slackUrl: string
  /** Null if no mail server is set up. `secret` is a reference to `{"user", "pass"}` as JSON; null without one. */
  mail: { url: string; from: string; secret: string | null } | null
}

/** Sends a batch to a receiver with one request, or to Slack with up to three. It never throws. */
export function createSend(parts: SendingParts): Send {
  const { secrets } = parts
  const read = (reference: string, signal: AbortSignal) => secrets.read(secretArn(reference), signal)

  async function sent(...[settings, batch, now, signal]: Parameters<Send>): Promise<Sent> {
    const content = contentOf(batch, parts.portalUrl)
    switch (settings.kind) {
      case 'pagerduty':
        return sendToPagerDuty(content, await read(settings.routingKey, signal), parts.pagerDutyUrl, signal)
      case 'webhook':
        return sendToWebhook(content, await read(settings.secret, signal), settings.url, now, signal)
      case 'slack': {
        const token = await read(settings.token, signal)
        const repeats = batch.groups.some(({ lostAnswers }) => lostAnswers > 0)
        return sendToSlack(content, { token, channel: settings.channel, apiUrl: parts.slackUrl }, repeats, signal)
      }
      case 'email': {
        if (!parts.mail) return { answer: { kind: 'unsent', text: 'No mail server is set up: set SMTP_URL.' } }
        const { url, from, secret } = parts.mail
        const credentials = secret === null ? null : credentialsOf(await read(secret, signal))
        return sendMail(content, settings.to, { url, from, credentials })
      }
    }
  }
  return async (...about) => {
    try {
      return await sent(...about)
    } catch (error) {
      return { answer: { kind: 'unsent', text: unsentText(error) } }
    }
  }
}

export const secretArn = (reference: string) => reference.replace(/^secretsmanager:/, '')

/** Whether a receiver ignores a repetition, so that a lost answer does no harm. */
export const recognisesRepetition = (kind: ReceiverSettings['kind'], { dedupKey }: Pick<OutboxBatch, 'dedupKey'>) =>
  // PagerDuty's change events have no key.
  kind === 'webhook' || (kind === 'pagerduty' && !dedupKey.startsWith('told/'))

const credentials = z.object({ user: z.string().min(1), pass: z.string().min(1) })

function credentialsOf(text: string): { user: string; pass: string } {
  try {
    return credentials.parse(JSON.parse(text))
  } catch {
    // The fault would quote the secret.
    throw new BadSecret('The secret of the mail server must be JSON with user and pass.')
  }
}

class BadSecret extends Error {}

function unsentText(error: unknown): string {
  if (error instanceof BadSecret) return error.message
  if (error instanceof AwsRefused) return `Its key could not be read: Secrets Manager refused with ${error.code}.`
  if (error instanceof AwsUnavailable) return 'Its key could not be read: Secrets Manager does not answer.'
  return `It could not be sent: ${error instanceof Error ? error.name : 'unknown fault'}.`
}
