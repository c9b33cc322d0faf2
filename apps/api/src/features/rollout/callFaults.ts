import { type AwsRefused, type AwsUnavailable, type FaultKind, faultKind } from '@tickwatch/aws'
import { sentence } from '@tickwatch/rollout'
import type { Seen } from './rollout.stored.ts'

/** Why AWS did not make a call, and what to do, as sentences. Whether the call is made again, who makes it says. */
export type CallFault = { kind: FaultKind; why: string }

const said: Readonly<Record<FaultKind, { what: string; remedy: string }>> = {
  throttled: {
    what: 'AWS throttles the calls of this account',
    remedy: 'If it stays so, find out what else makes many calls, or ask AWS for a higher rate.',
  },
  busy: { what: 'AWS is busy with another change', remedy: 'Wait until that has ended.' },
  limit: {
    what: 'A limit of the account is reached',
    remedy: 'Ask for a higher one in Service Quotas, or delete what nobody needs any more.',
  },
  right: { what: 'AWS refuses a call', remedy: 'Give the API’s role this right.' },
  credentials: { what: 'AWS does not accept the credentials of the API', remedy: 'Renew them.' },
  'no answer': { what: 'AWS fails or does not answer', remedy: 'If it stays so, see the log of the API.' },
  refused: { what: 'AWS refuses a call', remedy: 'Correct what it names.' },
}

/** EC2 says why a role may not do something in words that differ each time. */
const encoded = /Encoded authorization failure message: \S+/

export function callFault(error: AwsUnavailable | AwsRefused): CallFault {
  const kind = faultKind(error)
  const { what, remedy } = said[kind]
  return { kind, why: `${what}: ${sentence(error.message.replace(encoded, ''))} ${remedy}` }
}

/** Others end by themselves: they are on the page, and no event. */
const needsPerson: readonly FaultKind[] = ['limit', 'right', 'credentials', 'refused']

const retryMs = { first: 5_000, max: 30_000 }

/** A rollout makes each call again, whatever it was, because a person or AWS can end each of these faults. */
export const triedAgain = 'It is tried again.'

/** How long after it failed this many times in a row a call is made again. */
export const retryAfterMs = (times: number): number => Math.min(retryMs.first * 2 ** (times - 1), retryMs.max)

/** When it is tried again. @param before the failure before, if that was the last that happened */
export function againAfter(before: { times: number } | null | undefined, nowMs: number) {
  const times = (before?.times ?? 0) + 1
  return { times, againAtMs: nowMs + retryAfterMs(times) }
}

/** The same call failed again. */
export const failedAgain = (
  before: Seen['calls'][string] | undefined,
  { kind, why }: CallFault,
  nowMs: number,
): Seen['calls'][string] => ({ why, needsPerson: needsPerson.includes(kind), ...againAfter(before, nowMs) })
