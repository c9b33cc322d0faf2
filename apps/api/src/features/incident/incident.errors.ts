import { DomainError } from '../../shared/errors.ts'

export const wrongState = (what: string, state: string) =>
  new DomainError('conflict', 'incident-state', `You can’t ${what} this incident: it is ${state}. Load it again.`, {
    details: { state },
  })

export const stillFires = (alertsFiring: number) =>
  new DomainError(
    'conflict',
    'incident-burns',
    `${alertsFiring === 1 ? 'One of its alerts still fires' : `${alertsFiring} of its alerts still fire`}. It resolves by itself when they end and, if they are of an SLO, there is data since then. Acknowledge it to say that you work on it.`,
    { details: { alertsFiring } },
  )

export const notRevertable = () =>
  new DomainError('invalid', 'change-not-revertable', 'This change can’t be reverted here. Open its page.')

export const rollbackUnseen = (version: number) =>
  new DomainError(
    'invalid',
    'rollback-unseen',
    `This rolls the whole fleet back to v${version}. Read the preview, and type v${version} to confirm.`,
  )

export const changedSince = (what: string) =>
  new DomainError(
    'conflict',
    'change-superseded',
    `${what} changed again since. Nothing was reverted: open the page and look.`,
  )
