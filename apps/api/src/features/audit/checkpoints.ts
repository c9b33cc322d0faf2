import { AwsRefused, AwsUnavailable, type ObjectStore } from '@tickwatch/aws'
import type { AuditFault, AuditLink, AuditRow } from '@tickwatch/db'
import type { Logger } from 'pino'

/** A link of the audit chain, written where neither the database's owner nor we can change it. */
export type Checkpoint = AuditLink & { storedAt: Date }

export type Checkpoints = {
  /** Writes where the chain stands. Does nothing twice. @throws AwsUnavailable, AwsRefused */
  write(link: AuditLink): Promise<void>
  /** Those of events after `seq`, in their order; null, and logged, when S3 does not tell. */
  after(seq: number): Promise<Checkpoint[] | null>
}

/** More digits than a safe integer has: keys in order are events in order. */
const seqDigits = 16
const keyPattern = /\/(\d{16})-([0-9a-f]{64})$/

/**
 * Checkpoints in an S3 bucket with Object Lock. All that one says is in its key, so that one listing reads a thousand;
 * and whoever writes the chain anew can add to them but take none away.
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
        // "." comes after "-": beyond every checkpoint of this event.
        const stored = await objects.list(bucket, prefix, `${keyOf(seq)}.`)
        return stored.flatMap(({ key, storedAt }) => {
          const [, digits, hash] = keyPattern.exec(key) ?? []
          return digits && hash ? [{ seq: Number(digits), hash, storedAt }] : []
        })
      } catch (err) {
        if (!(err instanceof AwsUnavailable || err instanceof AwsRefused)) throw err
        log.warn({ err }, 'the checkpoints of the audit log could not be read')
        return null
      }
    },
  }
}

/** The first of these events that a checkpoint contradicts: the chain holds together, but is another one. */
export function checkpointFault(held: readonly Checkpoint[], rows: readonly AuditRow[]): AuditFault | null {
  const hashes = new Map(rows.map(({ seq, hash }) => [seq, hash]))
  const stray = held.find(({ seq, hash }) => hashes.has(seq) && hashes.get(seq) !== hash)
  if (!stray) return null
  const at = stray.storedAt.toISOString()
  return { seq: stray.seq, what: `it is not the event whose checkpoint was stored at ${at}: the log was written anew` }
}
