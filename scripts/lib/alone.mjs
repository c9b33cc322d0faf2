import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from './steps.mjs'

/**
 * Runs `work` as soon as no other process does so in this folder: two set-ups at once would replace each other's files.
 * The lock is an abstract socket, which disappears with its process, also if that is killed. macOS has no abstract
 * sockets, so there is no lock there.
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
