import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { startPrometheus } from '../parts/prometheus/prometheus.ts'

/**
 * Starts Prometheus before the tests of a file. It accepts samples that are up to a day late.
 * @param options another `command` than that of the platform
 * @returns the Prometheus. It is set when the tests run, not before.
 */
export function usePrometheus(options: { command?: string } = {}): Awaited<ReturnType<typeof startPrometheus>> {
  const prometheus = {} as Awaited<ReturnType<typeof startPrometheus>>
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tickwatch-prometheus-'))
    Object.assign(prometheus, await startPrometheus({ dir, outOfOrderWindow: '1d', ...options }))
  })
  afterAll(async () => {
    await prometheus.stop?.()
    await rm(dir, { recursive: true, force: true })
  })
  return prometheus
}
