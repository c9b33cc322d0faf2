import { join } from 'node:path'
import { expect } from 'vitest'
import { freePort } from '../process/ports.ts'
import { until } from '../process/until.ts'
import type { How } from './documented.ts'
import type { Senders } from './edge.ts'
import { startNativeTarget, startTarget } from './target.ts'

/**
 * Runs a Prometheus agent, lets it be refused because its tenant is over its limit, takes its targets away, and expects
 * all that it scraped in the storage. By default it does not scrape native histograms.
 * @param sender its heading in docs/senders.md @param flags that the page names
 */
export async function expectPrometheusLosesNothing(
  at: Senders,
  how: How,
  sender: string,
  command: string,
  flags: readonly string[],
): Promise<void> {
  const text = await startTarget(how)
  const targets = how === 'as documented' ? [text, await startNativeTarget()] : [text]
  await startAgent(at, at.configured(how, sender, { targets }).config, command, flags)
  await at.refuseSender(529)
  await until('some scrapes', () => targets.every((target) => target.scrapes() > 5))
  await Promise.all(targets.map((target) => target.stop()))

  for (const target of targets) {
    await at.expectScraped(target)
    await at.expectStale(target.address)
  }
  expect(await at.lost()).toEqual([])
}

export async function startAgent(at: Senders, config: string, command: string, flags: readonly string[]) {
  const port = await freePort()
  await at.start('prometheus', config, command, (file, dir) => [
    ...flags,
    `--config.file=${file}`,
    `--storage.agent.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
}
