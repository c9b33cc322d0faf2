// Seven days of the /metrics of two gateways for some tenants, every 5 s, as the platform's agent scrapes them.
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tools } from '../../local/src/process/tools.ts'
import { tenantName } from './data.ts'

export const scrapeSeconds = 5
export const historyDays = 7
/** The tenants with history. */
export const usageTenants = [tenantName(3), tenantName(53)]
/** The history extends this far into the future, because nothing scrapes during the bench, which takes less time. */
const aheadSeconds = 1_800
/** Prometheus compacts blocks of most of this age to this length. */
const blockSeconds = 18 * 3_600

type Source = { labels: string; at(seconds: number): number }

/** A counter whose rate rises and falls over the day. */
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
 * Writes the history as the blocks that Prometheus would have made.
 * @param dataDir of a Prometheus that does not run yet.
 * @returns the number of samples.
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
  // promtool reads its whole input again for each block, so each call gets only the part for one block.
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
