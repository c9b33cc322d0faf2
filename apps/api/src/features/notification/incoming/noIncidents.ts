import { DomainError } from '../../../shared/errors.ts'
import type { Incidents } from './incoming.service.ts'

const missing = () =>
  new DomainError(
    'unavailable',
    'incidents-missing',
    'This release does not have incidents yet. Keep the message and send it again later.',
  )

/** Until the feature `incident` is there: senders keep what they have and send it again. */
export const noIncidents: Incidents = {
  receiveAlerts: () => Promise.reject(missing()),
  actedInPagerDuty: () => Promise.reject(missing()),
}
