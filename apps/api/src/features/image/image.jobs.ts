import type { Amis } from '@tickwatch/aws/amis'
import { type Database, images } from '@tickwatch/db'
import type { Logger } from 'pino'
import type { Jobs } from '../../workers/registry.ts'
import { observeAmis as observe } from './observe.ts'

/** Older ones are not followed any more: they are too old to roll out long before so many newer ones exist. */
const imagesFollowed = 300

export type ImageJobsParts = { db: Database; amis: Amis; ending: AbortSignal; log: Logger }

export function createImageJobs({ db, amis, ending, log }: ImageJobsParts): Jobs<'observeAmis'> {
  const observeAmis = {
    leg: 'observe-amis',
    async run() {
      const all = await db.worker((tx) => images.newestAmis(tx, imagesFollowed))
      const observed = await observe(amis, all, log, ending)
      if (observed.length > 0) await db.worker((tx) => images.recordObserved(tx, new Date(), observed))
    },
  }
  return { tasks: { observeAmis }, schedules: [{ task: 'observeAmis', cron: '* * * * *' }], ticks: {} }
}
