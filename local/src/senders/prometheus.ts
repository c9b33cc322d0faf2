import { join } from 'node:path'
import { expect } from 'vitest'
import { freePort } from '../process/ports.ts'
import { until } from '../process/until.ts'
import { scraped, type useSenders } from './edge.ts'
import { startNativeTarget, startTarget } from './target.ts'

/**
 * Runs a Prometheus agent as docs/senders.md sets it up, lets it be refused with 429, takes its targets away, and
 * expects all that it scraped in the storage. @param sender its heading @param flags that the page names
 */
export async function expectPrometheusLosesNothing(
  at: ReturnType<typeof useSenders>,
  sender: string,
  command: string,
  flags: readonly string[],
): Promise<void> {
  const text = await startTarget()
  const native = await startNativeTarget()
  const { config } = at.documented(sender, { targets: [text, native] })
  const port = await freePort()
  await at.start('prometheus', config, command, (file, dir) => [
    ...flags,
    `--config.file=${file}`,
    `--storage.agent.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  await at.refuseSender()
  await until('some scrapes', () => text.scrapes() > 5 && native.scrapes() > 5)
  await Promise.all([text.stop(), native.stop()])

  await at.expectStored(text.address, scraped(text))
  const counts = Array.from({ length: native.scrapes() }, (_, i) => String(3 * (i + 1)))
  await at.expectStored(native.address, { game_frame_seconds: counts })
  await at.expectStale(text.address)
  await at.expectStale(native.address)
  expect(await at.lost()).toEqual([])
}
