// Seven days of what two gateways' /metrics say of some tenants, at the 5 s at which the platform's agent scrapes them.
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tools } from '../../local/src/process/tools.ts'
import { tenantName } from './data.ts'

export const scrapeSeconds = 5
export const historyDays = 7
/** Those with history. */
export const usageTenants = [tenantName(3), tenantName(53)]
/** History goes on for so long after now: nothing scrapes while the bench runs, which lasts less. */
const aheadSeconds = 1_800
/** As Prometheus compacts blocks as old as most of these. */
const blockSeconds = 18 * 3_600

type Source = { labels: string; at(seconds: number): number }

/** Load that rises and falls over the day, summed up since the start. */
const served = (perSecond: number, startSeconds: number) => (seconds: number) =>
  Math.round(perSecond * (seconds - startSeconds + 10_000 * Math.sin((seconds / 86_400) * 2 * Math.PI)))

function sources(startSeconds: number): Source[] {
  return usageTenants.flatMap((tenant) =>
    ['gateway-1', 'gateway-2'].flatMap((gateway): Source[] => {
      const of = (metric: string, perSecond: number, more = ''): Source => ({
        labels: `tickwatch_ingest_${metric}{tenant="tickwatch",tenant_id="${tenant}",job="gateway",instance="${gateway}",region="us-east-1",az="us-east-1b",cluster="local"${more}}`,
        at: served(perSecond, startSeconds),
      })
      return [
        of('samples_total', 4_000),
        ...['rate', 'active-series', 'label-value'].map((r) => of('refused_samples_total', 40, `,reason="${r}"`)),
        ...['200', '400', '429'].map((code) => of('requests_total', code === '200' ? 30 : 1, `,code="${code}"`)),
        { ...of('active_series', 0), at: (seconds) => 40_000 + (seconds % 3_600) },
      ]
    }),
  )
}

/**
 * Writes it as the blocks that Prometheus would have made of it.
 * @param dataDir of a Prometheus that does not run yet.
 * @returns how many samples.
 */
export async function fillUsage(
  dir: string,
  dataDir: string,
  signal: AbortSignal,
  progress: (share: number) => void,
): Promise<number> {
  mkdirSync(dataDir, { recursive: true })
  const now = Math.floor(Date.now() / 1_000)
  const start = now - historyDays * 86_400 - 3_600
  const end = now + aheadSeconds
  const all = sources(start)
  let samples = 0
  // promtool reads its whole input once for each block, so it gets each block's part alone.
  for (let block = Math.floor(start / blockSeconds) * blockSeconds; block < end; block += blockSeconds) {
    const lines: string[] = []
    for (const { labels, at } of all) {
      for (let t = Math.max(block, start); t < Math.min(block + blockSeconds, end); t += scrapeSeconds) {
        lines.push(`${labels} ${at(t)} ${t}`)
      }
    }
    samples += lines.length
    const file = join(dir, 'usage.txt')
    writeFileSync(file, `${lines.join('\n')}\n# EOF\n`)
    const blocks = ['tsdb', 'create-blocks-from', '--max-block-duration=18h', 'openmetrics', file, dataDir]
    await promisify(execFile)(tools().promtool, blocks, { signal })
    rmSync(file)
    progress((block - start) / (end - start))
  }
  return samples
}
