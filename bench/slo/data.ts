// 500 SLOs, and what their rules counted in 31 days: two series each, a sample a minute.
import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { builtInDefinitions, type Definition, eventsMetric, platformTenant } from '@tickwatch/slo'
import type pg from 'pg'
import { tools } from '../../local/src/process/tools.ts'

export const sloCount = 500
const stepSeconds = 60
/** Prometheus keeps 30 days. */
const historyDays = 31
/** Nothing writes while the reads are timed, which takes less time. */
const aheadSeconds = 3_600
/** Prometheus compacts blocks of most of this age to this length. */
const blockSeconds = 18 * 3_600

/** The built-in SLOs that are not grouped, again and again under other names, with the windows that people choose. */
export const definitions: Definition[] = Array.from({ length: sloCount }, (_, i) => {
  const [first] = builtInDefinitions.filter(({ groupBy }) => groupBy.length === 0)
  if (!first) throw new Error('each built-in SLO is grouped')
  const window =
    i % 10 === 0 ? { days: 7 } : i % 10 === 1 ? { calendar: 'month' as const, timeZone: 'Europe/Berlin' } : { days: 30 }
  return { ...first, id: `bench-${i}`, title: `Bench ${i}`, owner: `team ${i % 12}`, window }
})

/** Replaces the SLOs of the database. */
export async function saveSlos(admin: pg.Client): Promise<void> {
  await admin.query('UPDATE slo SET namespace = NULL')
  await admin.query(
    `INSERT INTO slo (id, version, namespace)
     SELECT d ->> 'id', 1, (n - 1) / 60 FROM json_array_elements($1) WITH ORDINALITY AS of (d, n)`,
    [JSON.stringify(definitions)],
  )
  await admin.query(
    `INSERT INTO slo_version (slo_id, version, created_at, by_subject, by_name, reason, definition)
     SELECT d ->> 'id', 1, now(), 'bench', 'Bench', 'bench', d FROM json_array_elements($1) d`,
    [JSON.stringify(definitions)],
  )
}

/** The events of a step: 200 a minute, of which one of 50 SLOs now and then fails half, and the others a few. */
function badOf(slo: number, minute: number): number {
  if (slo % 50 === 0 && minute % 5_000 < 40) return 100
  return (minute * 7 + slo) % 97 === 0 ? 1 : 0
}

/**
 * Writes the history, and an hour more, as the blocks that Prometheus would have made.
 * @param dataDir of a Prometheus that does not run yet
 * @returns the number of samples
 */
export async function fillEvents(
  dir: string,
  dataDir: string,
  signal: AbortSignal,
  progress: (share: number) => void,
): Promise<number> {
  mkdirSync(dataDir, { recursive: true })
  const now = Math.floor(Date.now() / 1_000)
  const [start, end] = [now - historyDays * 86_400, now + aheadSeconds]
  let samples = 0
  const write = async (from: number, to: number) => {
    const lines: string[] = []
    const [first, last] = [Math.ceil(from / stepSeconds), Math.ceil(to / stepSeconds)]
    for (const [i, { id }] of definitions.entries()) {
      const series = (event: string) => `${eventsMetric}{tenant="${platformTenant}",slo="${id}",event="${event}"}`
      // Rules of each SLO run at a second of their own.
      const second = (i * 7) % stepSeconds
      for (let minute = first; minute < last; minute++) {
        const at = minute * stepSeconds + second
        lines.push(`${series('bad')} ${badOf(i, minute)} ${at}`, `${series('total')} 200 ${at}`)
      }
    }
    samples += lines.length
    const file = join(dir, 'events.txt')
    writeFileSync(file, `${lines.join('\n')}\n# EOF\n`)
    const blocks = ['tsdb', 'create-blocks-from', '--max-block-duration=18h', 'openmetrics', file, dataDir]
    await promisify(execFile)(tools().promtool, blocks, { signal, maxBuffer: 64 * 1_024 * 1_024 })
    rmSync(file)
  }
  for (let block = Math.floor(start / blockSeconds) * blockSeconds; block < now; block += blockSeconds) {
    await write(Math.max(block, start), Math.min(block + blockSeconds, now))
    progress((block - start) / (end - start))
  }
  // In blocks of their own, so that they can be left out.
  await write(now, end)
  return samples
}

/** Copies the history to a Prometheus that writes on its own. It stores nothing that is older than its newest block. */
export function copyHistory(dataDir: string, to: string): void {
  cpSync(dataDir, to, { recursive: true })
  for (const file of globSync('*/meta.json', { cwd: to })) {
    const { maxTime } = JSON.parse(readFileSync(join(to, file), 'utf8')) as { maxTime: number }
    if (maxTime > Date.now()) rmSync(join(to, dirname(file)), { recursive: true })
  }
}
