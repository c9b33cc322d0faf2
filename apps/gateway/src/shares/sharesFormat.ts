import type { Share } from '@tickwatch/policy'
import { z } from 'zod'

const ratio = z.number().min(0).max(1)

/** Shares as they come: from an API or a file of before the query proxy without `queries`, which then is the default share. */
export const sharesFormat = {
  shares: z.record(z.string(), z.object({ samples: ratio, requests: ratio, series: ratio, queries: ratio.optional() })),
  defaultShare: ratio,
}

type Given = { shares: Record<string, Omit<Share, 'queries'> & { queries?: number | undefined }>; defaultShare: number }

export const wholeShares = ({ shares, defaultShare }: Given): Record<string, Share> =>
  Object.fromEntries(
    Object.entries(shares).map(([id, share]) => [id, { ...share, queries: share.queries ?? defaultShare }]),
  )
