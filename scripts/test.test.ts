import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

let programs: string
beforeEach(async () => {
  programs = await mkdtemp(join(tmpdir(), 'tickwatch-test-'))
})
afterEach(() => rm(programs, { recursive: true }))

/** A program that `npm test` finds before the real one. */
async function stub(name: string, does: string) {
  await writeFile(join(programs, name), `#!/bin/sh\n${does}\n`)
  await chmod(join(programs, name), 0o755)
}

/** Starts `npm test` of these kinds, with the stubs. */
function start(...kinds: string[]) {
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'test.ts'), ...kinds], { env })
  const run = { child, output: '', ended: once(child, 'close').then(([code]) => code as number) }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      run.output += chunk
    })
  }
  return run
}

it('a signal that ends it also ends the commands that it runs, and their children', async () => {
  // The signal ends the shell at once, but its child only if the signal reaches that too.
  await stub('turbo', `sleep 1000 & echo $! > ${programs}/child; wait`)
  await stub('tsc', `echo $$ > ${programs}/other; exec sleep 1000`)
  const run = start('types')
  const pids = await vi.waitFor(
    async () => {
      const texts = await Promise.all(['child', 'other'].map((name) => readFile(join(programs, name), 'utf8')))
      const numbers = texts.map(Number)
      expect(numbers.every((pid) => pid > 0)).toBe(true)
      return numbers
    },
    { timeout: 20_000, interval: 50 },
  )
  run.child.kill('SIGTERM')
  expect(await run.ended).toBe(1)
  expect(run.output).toContain('ended by SIGTERM')
  expect(run.output).not.toMatch(/\d passed/)
  for (const pid of pids)
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000 })
})

it('prints the output of each command, and sums up in the last line', async () => {
  await stub('tsc', 'echo all rooms are well')
  await stub('turbo', 'echo a fault >&2; exit 1')
  const run = start('types')
  expect(await run.ended).toBe(1)
  expect(run.output).toMatch(/── types\nall rooms are well\na fault\n/)
  expect(run.output).toMatch(/✗ types +1 passed, 1 failed/)
  expect(run.output).toMatch(/\n1 passed, 1 failed\n$/)
})

it('lists the kinds if it does not know one', async () => {
  const run = start('types', 'speed')
  expect(await run.ended).toBe(2)
  expect(run.output).toContain('There are no speed tests; there are: set-up, lint, types, unit, integration')
})
