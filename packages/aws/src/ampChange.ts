import { setTimeout as sleep } from 'node:timers/promises'
import { ConflictException, ResourceNotFoundException } from '@aws-sdk/client-amp'
import { AwsRefused, AwsUnavailable, asAwsError } from './errors.ts'

/** Where a change that AMP accepted stands. */
type Status = { statusCode?: string | undefined; statusReason?: string | undefined }

const settleMs = 60_000
const pollMs = 500

/**
 * Changes something in AMP and waits until AMP has finished, at most 60 s. AMP answers a change before it has applied it,
 * and refuses another one until then.
 * @param what it is, for messages
 * @throws AwsRefused with AMP's reason if AMP rejects it, AwsUnavailable
 */
export async function changeAndWait(
  what: string,
  {
    put,
    create,
    status,
  }: { put(): Promise<unknown>; create(): Promise<unknown>; status(): Promise<Status | undefined> },
): Promise<void> {
  const deadline = performance.now() + settleMs
  let sent = false
  try {
    while (performance.now() < deadline) {
      try {
        if (!sent) await putOrCreate(put, create)
        sent = true
        const { statusCode, statusReason } = (await status()) ?? {}
        if (statusCode === 'ACTIVE') return
        if (statusCode === 'CREATION_FAILED' || statusCode === 'UPDATE_FAILED') {
          throw new AwsRefused(`AMP rejected ${what}: ${statusReason ?? 'no reason given'}`, statusCode)
        }
      } catch (cause) {
        if (!(cause instanceof ConflictException)) throw cause
      }
      await sleep(pollMs)
    }
  } catch (cause) {
    throw asAwsError(`AMP ${what}`, cause)
  }
  throw new AwsUnavailable(`AMP ${what} was not active after ${settleMs / 1_000} s`)
}

/** If two processes create at once, one gets a ConflictException. It tries again, and then there is something to put. */
async function putOrCreate(put: () => Promise<unknown>, create: () => Promise<unknown>): Promise<void> {
  try {
    await put()
  } catch (cause) {
    if (!(cause instanceof ResourceNotFoundException)) throw cause
    await create()
  }
}
