import { openDatabase } from '@tickwatch/db'
import { pino } from 'pino'
import { afterEach, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { createMemoryParameters } from '../../../testing/memoryAws.ts'
import { createLeases } from '../../../workers/lease.ts'
import { createRingWriter } from './ringWriter.ts'

const urls = useTestDatabase()
const forMs = 10_000
afterEach(() => vi.restoreAllMocks())

it('writes nothing to SSM once its lease is lost, and continues under the next one', async () => {
  let passedMs = 0
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs)
  const db = openDatabase(urls)
  const parameters = createMemoryParameters()
  let callMs = forMs
  const signals: (AbortSignal | undefined)[] = []
  const slow: typeof parameters.store = {
    async get(name, signal) {
      signals.push(signal)
      passedMs += callMs
      return parameters.store.get(name)
    },
    async put(name, value, signal) {
      signals.push(signal)
      return parameters.store.put(name, value)
    },
    async label(name, version, labels, signal) {
      signals.push(signal)
      return parameters.store.label(name, version, labels)
    },
  }
  const leases = createLeases(db, { name: 'publishing', forMs }, new AbortController().signal, pino({ enabled: false }))
  const rings = createRingWriter(slow, 'test')
  const write = () => leases.hold(async (lease) => void (await rings.write(lease, 'canary', 'a manifest')))
  try {
    await expect(write()).rejects.toThrow('the lease publishing was lost')
    expect(parameters.state.puts).toBe(0)
    callMs = 0
    await write()
    expect(parameters.state.puts).toBe(1)
    // Each call got its lease's signal, which is aborted when the lease ends.
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, true, true])
  } finally {
    await db.close()
  }
})
