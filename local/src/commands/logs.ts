import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readLocalState } from '../platform/localState.ts'
import { partsOf } from '../platform/registry.ts'
import { lastLines } from '../process/processes.ts'

const linesShown = 100

/** The platform's own log. It exists if the platform was started with `--detach`. */
const platformLog = 'platform'

const isInstance = /^i-[0-9a-f]{17}$/

/** Prints the end of the log of a part, or of an instance of the fleet. With `-f` it follows the log until Ctrl-C. */
export async function logs(stateDir: string, args: string[]): Promise<number> {
  const follow = args.includes('-f')
  const name = args.find((arg) => !arg.startsWith('-'))
  const state = readLocalState(stateDir)
  const names = [...partsOf(Boolean(state?.addresses.fleet)).map((part) => part.name), platformLog]
  const instances = state?.addresses.fleet ? state.addresses.gateways.map(({ id }) => id) : []
  // An instance that has ended is in no list any more.
  if (!name || !(names.includes(name) || isInstance.test(name))) {
    console.error(`Usage: npm run logs -- <part> [-f], with a part of: ${[...names, ...instances].join(', ')}`)
    return 2
  }
  const file = join(stateDir, 'logs', `${name}.log`)
  if (!existsSync(file)) {
    console.error(`${name} has not written a log yet.`)
    return 2
  }
  console.log(lastLines(file, linesShown))
  if (follow) await tail(file)
  return 0
}

async function tail(file: string): Promise<void> {
  let interrupted = false
  process.once('SIGINT', () => {
    interrupted = true
  })
  const handle = await open(file)
  let position = (await handle.stat()).size
  const buffer = Buffer.alloc(65_536)
  while (!interrupted) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    position += bytesRead
    if (bytesRead > 0) process.stdout.write(buffer.subarray(0, bytesRead))
    else await sleep(200)
  }
  await handle.close()
}
