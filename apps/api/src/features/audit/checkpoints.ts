import { AwsRefused, AwsUnavailable, type ObjectStore } from '@tickwatch/aws'
import type { AuditFault, AuditLink, AuditRow } from '@tickwatch/db'
import type { Logger } from 'pino'

/** A copy of one link of the audit chain, in a bucket where neither the database's owner nor we can change it. */
export type Checkpoint = AuditLink & { storedAt: Date }

export type Checkpoints = {
  /** Stores a copy of the chain's latest link, unless it is stored already. @throws AwsUnavailable, AwsRefused */
  write(link: AuditLink): Promise<void>
  /** The checkpoints of events after `seq`, in order; null if S3 does not answer, which is logged. */
  after(seq: number): Promise<Checkpoint[] | null>
}

/** A safe integer has at most 16 digits. Padded to 16, keys sort in the order of their events. */
const seqDigits = 16
const keyPattern = /\/(\d{16})-([0-9a-f]{64})$/

/**
 * Checkpoints in an S3 bucket with Object Lock: a person who rewrites the chain can add checkpoints, but can remove
 * none. The key contains the event's number and hash, so that one listing reads 1,000 checkpoints.
 */
export function createCheckpoints(objects: ObjectStore, bucket: string, environment: string, log: Logger): Checkpoints {
  const prefix = `audit/${environment}/`
  const keyOf = (seq: number) => `${prefix}${`${seq}`.padStart(seqDigits, '0')}`
  return {
    async write({ seq, hash }) {
      await objects.putOnce(bucket, `${keyOf(seq)}-${hash}`, Buffer.from(`${JSON.stringify({ seq, hash })}\n`))
    },

    async after(seq) {
      try {
        // "." sorts after "-", so the listing starts after every checkpoint of this event.
        const stored = await objects.list(bucket, prefix, `${keyOf(seq)}.`)
        return stored.flatMap(({ key, storedAt }) => {
          const [, digits, hash] = keyPattern.exec(key) ?? []
          return digits && hash ? [{ seq: Number(digits), hash, storedAt }] : []
        })
      } catch (err) {
        if (!(err instanceof AwsUnavailable || err instanceof AwsRefused)) throw err
        log.warn({ err }, 'could not read the checkpoints of the audit log')
        return null
      }
    },
  }
}

/** The first of these events whose hash differs from its checkpoint: the chain is consistent, but was replaced. */
export function checkpointFault(held: readonly Checkpoint[], rows: readonly AuditRow[]): AuditFault | null {
  const hashes = new Map(rows.map(({ seq, hash }) => [seq, hash]))
  const stray = held.find(({ seq, hash }) => hashes.has(seq) && hashes.get(seq) !== hash)
  if (!stray) return null
  const at = stray.storedAt.toISOString()
  return { seq: stray.seq, what: `it is not the event whose checkpoint was stored at ${at}: the log was rewritten` }
}
