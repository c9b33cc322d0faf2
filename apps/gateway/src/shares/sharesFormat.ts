import type { Share } from '@tickwatch/policy'
import { z } from 'zod'

const ratio = z.number().min(0).max(1)

/** Shares in an answer or file of any version. A missing resource gets the default share. */
export const sharesFormat = {
  shares: z.record(z.string(), z.object({ samples: ratio, requests: ratio, series: ratio, queries: ratio }).partial()),
  defaultShare: ratio,
}

type Given = { shares: Record<string, { [Resource in keyof Share]?: number | undefined }>; defaultShare: number }

export const wholeShares = ({ shares, defaultShare }: Given): Record<string, Share> =>
  Object.fromEntries(
    Object.entries(shares).map(([id, { samples, requests, series, queries }]) => [
      id,
      {
        samples: samples ?? defaultShare,
        requests: requests ?? defaultShare,
        series: series ?? defaultShare,
        queries: queries ?? defaultShare,
      },
    ]),
  )
