import { existsSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lastLines } from '../process/processes.ts'

const linesShown = 100

/** The end of a part's log; with `-f` it goes on until Ctrl-C. */
export async function logs(stateDir: string, args: string[]): Promise<number> {
  const follow = args.includes('-f')
  const name = args.find((arg) => !arg.startsWith('-'))
  const dir = join(stateDir, 'logs')
  const there = existsSync(dir) ? readdirSync(dir).flatMap((file) => /^(.+)\.log$/.exec(file)?.[1] ?? []) : []
  if (!name || !there.includes(name)) {
    console.error(
      there.length > 0
        ? `Usage: npm run logs -- <part> [-f], with a part of: ${there.sort().join(', ')}`
        : 'There are no logs yet. Run: npm start',
    )
    return 2
  }
  const file = join(dir, `${name}.log`)
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
