import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { apiTokens, type Database, notices, readerTokens, tenants, usage, type WorkerTx } from '@tickwatch/db'
import { nearLimitRatio } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { tryAll } from '../../shared/tryAll.ts'
import { createLeases, type Lease } from '../../workers/lease.ts'
import type { Jobs } from '../../workers/registry.ts'
import { liveSince } from '../gateway/liveSince.ts'
import type { NotificationQueue } from '../notification/queue.ts'
import { announce, publishNotice } from './announce.ts'
import {
  certificateExpires,
  conditionNotice,
  type MadeNotice,
  seenNow,
  stepConditions,
  tokenExpires,
} from './notice.rules.ts'
import { announcement } from './notice.types.ts'

/** One process at a time looks, so that no condition is announced twice. */
const watching = { name: 'notices', forMs: 10_000 }
/** The reads cost up to 50 ms with 10,000 tenants. */
const lookEveryMs = 15_000
const nearMax = 1_000
/** The longest warning of a token. */
const tokensWithinMs = 8 * 86_400_000

export function createNoticeJobs(parts: {
  db: Database
  queue: NotificationQueue
  /** PEM files whose first certificate must not expire unnoticed, by what they are of. */
  certificateFiles: Record<string, string>
  ending: AbortSignal
  log: Logger
}): Jobs<'announce'> {
  const { db, queue } = parts
  const leases = createLeases(db, watching, parts.ending, parts.log)
  let lastLookMs = Number.NEGATIVE_INFINITY

  const publishAll = async (tx: WorkerTx, made: readonly (MadeNotice | null)[], now: Date) => {
    for (const notice of made) if (notice) await publishNotice(tx, queue, notice, now)
  }

  async function watchUse(lease: Lease): Promise<void> {
    const now = new Date()
    await lease.write(async (tx) => {
      const platformDefaults = await tenants.platformDefaults(tx)
      const request = { heartbeatAfter: liveSince(), ratioMin: nearLimitRatio, count: nearMax, platformDefaults }
      const near = await usage.nearLimit(tx, request)
      const { store, began } = stepConditions(await notices.conditions(tx), seenNow(near), now)
      for (const condition of store) await notices.setCondition(tx, condition)
      await publishAll(tx, began.map(conditionNotice), now)
    })
  }

  async function watchTokens(lease: Lease): Promise<void> {
    const now = new Date()
    const until = new Date(now.getTime() + tokensWithinMs)
    await lease.write(async (tx) => {
      const ofReaders = await readerTokens.expiring(tx, now, until)
      const ofPrograms = (await apiTokens.live(tx, now)).filter(({ expiresAt }) => expiresAt <= until)
      const made = [
        ...ofReaders.map((token) => tokenExpires({ ...token, key: token.id }, token.tenantId, now)),
        ...ofPrograms.map((token) => tokenExpires({ ...token, key: token.id }, null, now)),
      ]
      await publishAll(tx, made, now)
    })
  }

  async function watchCertificates(lease: Lease): Promise<void> {
    const now = new Date()
    const made: (MadeNotice | null)[] = []
    for (const [name, file] of Object.entries(parts.certificateFiles)) {
      const { validTo, fingerprint256 } = new X509Certificate(await readFile(file))
      made.push(
        certificateExpires({ name, key: fingerprint256.replaceAll(':', ''), expiresAt: new Date(validTo) }, now),
      )
    }
    await lease.write((tx) => publishAll(tx, made, now))
  }

  return {
    tasks: {
      announce: {
        leg: 'announce',
        async run(payload) {
          const about = announcement.parse(payload)
          await db.worker((tx) => announce(tx, queue, about, new Date()))
        },
      },
    },
    schedules: [],
    ticks: {
      async notices() {
        if (performance.now() - lastLookMs < lookEveryMs) return
        await leases.tryHold((lease) => tryAll([watchUse, watchTokens, watchCertificates], (look) => look(lease)))
        lastLookMs = performance.now()
      },
    },
  }
}
