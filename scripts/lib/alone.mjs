import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './steps.mjs'

/**
 * Runs `work` once no other process does so in this folder: two set-ups at once would take files from under each other.
 * The lock is an abstract socket, which goes with its process however that ends; without them (macOS) nobody waits.
 */
export async function alone(work, folder = root) {
  if (process.platform !== 'linux') return work()
  const name = `\0tickwatch-set-up-${createHash('sha256').update(folder).digest('hex')}`
  const lock = createServer()
  for (let waited = false; ; waited = true) {
    try {
      lock.listen(name)
      await once(lock, 'listening')
      break
    } catch (fault) {
      if (fault.code !== 'EADDRINUSE') throw fault
      if (!waited) console.log('  Another set-up is under way in this folder; waiting for it.')
      await sleep(200)
    }
  }
  try {
    return await work()
  } finally {
    lock.close()
  }
}
