import { openDatabase } from '@tickwatch/db'
import { afterEach, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { createMemoryParameters } from '../../../testing/memoryAws.ts'
import { createPublishingLock } from './publishingLock.ts'
import { createRingWriter } from './ringWriter.ts'

const urls = useTestDatabase()
afterEach(() => vi.restoreAllMocks())

it('publishing that AWS slows down writes nothing once its lock is about to end, and goes on the next time', async () => {
  let passedMs = 0
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs)
  const db = openDatabase(urls)
  const lock = createPublishingLock(db)
  const parameters = createMemoryParameters()
  let callMs = 100_000
  const slow: typeof parameters.store = {
    ...parameters.store,
    async get(name) {
      passedMs += callMs
      return parameters.store.get(name)
    },
  }
  const rings = createRingWriter(db, lock.under(slow), 'test')
  const tell = async () => void (await rings.tell('canary', 'a manifest'))
  try {
    await expect(lock.hold(tell)).rejects.toThrow('publishing took too long')
    expect(parameters.state.puts).toBe(0)
    callMs = 15_000
    await lock.tryHold(tell)
    expect(parameters.state.puts).toBe(1)
    // Nobody is alone without the lock.
    passedMs += 100_000
    await expect(tell()).rejects.toThrow('publishing took too long')
  } finally {
    await db.close()
  }
})
