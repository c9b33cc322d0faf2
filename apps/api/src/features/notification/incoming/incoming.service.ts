import { AwsRefused, type SecretStore } from '@tickwatch/aws'
import { type Database, outbox, type PlatformTx, receivers } from '@tickwatch/db'
import { createCache } from '../../../shared/cached.ts'
import { DomainError, notFound } from '../../../shared/errors.ts'
import { settingsOf } from '../sending/deliver.ts'
import { secretArn } from '../sending/send.ts'
import type { IncomingAlert } from './alertmanager.ts'
import { isSignedByPagerDuty, type PagerDutyAct, pagerDutyActOf } from './pagerDutyWebhook.ts'

/** What incidents do with what comes in. */
export type Incidents = {
  /** Receives alerts; twice is the same as once. @param from the API token's name, for the timeline */
  receiveAlerts(alerts: readonly IncomingAlert[], from: string): Promise<void>
  /**
   * Somebody did something in PagerDuty about these subjects (`inc-7/1`), in the given transaction. It may be what we told
   * PagerDuty ourselves, so a state that the incident has already changes nothing and tells nobody.
   */
  actedInPagerDuty(tx: PlatformTx, subjects: readonly string[], act: PagerDutyAct): Promise<void>
}

export type IncomingService = Pick<Incidents, 'receiveAlerts'> & {
  /** @throws not found, `unauthenticated` if PagerDuty did not sign it */
  fromPagerDuty(receiverId: string, body: Uint8Array, signature: string): Promise<void>
}

/** Anyone may send requests here, so the key is not read for each. A replaced key counts after at most this time. */
const secretKeptMs = 60_000

export function createIncomingService(db: Database, secrets: SecretStore, incidents: Incidents): IncomingService {
  const cache = createCache<string | null>(secretKeptMs, 100)

  /** Null if there is none: the answer is the same as to a wrong signature. */
  const secretOf = (receiverId: string) =>
    cache.get(receiverId, async () => {
      const receiver = await db.platform((tx) => receivers.byId(tx, receiverId))
      const settings = receiver && !receiver.removedAt ? settingsOf(receiver) : null
      if (settings?.kind !== 'pagerduty' || settings.webhookSecret === null) return null
      try {
        return await secrets.read(secretArn(settings.webhookSecret))
      } catch (cause) {
        if (cause instanceof AwsRefused) return null
        throw new DomainError(
          'unavailable',
          'key-unavailable',
          'The key that checks the signature can’t be read now. Send it again later.',
          { cause },
        )
      }
    })

  return {
    receiveAlerts: incidents.receiveAlerts,

    async fromPagerDuty(receiverId, body, signature) {
      const secret = await secretOf(receiverId)
      if (secret === null) throw notFound('webhook')
      if (!isSignedByPagerDuty(body, signature, secret)) throw notSigned()
      const act = pagerDutyActOf(parsed(body))
      if (!act) return
      await db.platform(async (tx) => {
        const subjects = await outbox.subjectsOf(tx, receiverId, act.dedupKey)
        if (subjects.length > 0) await incidents.actedInPagerDuty(tx, subjects, act)
      })
    },
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString())
  } catch (cause) {
    throw new DomainError('invalid', 'json-invalid', 'The body is not JSON.', { cause })
  }
}

const notSigned = () =>
  new DomainError(
    'unauthenticated',
    'signature-wrong',
    'The header x-pagerduty-signature does not fit the body and the secret of this webhook.',
  )
