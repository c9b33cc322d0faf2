import type { Ami, Amis } from '@tickwatch/aws/amis'
import type { ObservedAmi } from '@tickwatch/db'
import type { Logger } from 'pino'

type Where = { region: string; amiId: string }
export type Observed = Where & { observed: ObservedAmi | null }

/**
 * Asks EC2 in each region about AMIs. Those of a region that does not answer are left out, and the log says why.
 * @returns with `observed` null what EC2 does not know
 */
export async function observeAmis(
  amis: Amis,
  all: readonly Where[],
  log: Logger,
  signal?: AbortSignal,
): Promise<Observed[]> {
  const regions = [...new Set(all.map(({ region }) => region))]
  const answers = await Promise.all(
    regions.map(async (region) => {
      const ids = all.filter((each) => each.region === region).map(({ amiId }) => amiId)
      try {
        const found = new Map((await amis.describe(region, ids, signal)).map((ami) => [ami.imageId, ami]))
        return ids.map((amiId) => ({ region, amiId, observed: observedOf(found.get(amiId)) }))
      } catch (err) {
        log.warn({ err, region }, 'could not ask EC2 about the AMIs of images')
        return []
      }
    }),
  )
  return answers.flat()
}

function observedOf(ami: Ami | undefined): ObservedAmi | null {
  if (!ami) return null
  const { imageId: _, ...observed } = ami
  return observed
}
