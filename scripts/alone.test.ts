import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const module = join(import.meta.dirname, 'lib/alone.mjs')

/** A process that takes the lock of `folder`, prints that it has it, and holds it until its standard input ends. */
function setUp(folder: string) {
  const hold = `
    const { alone } = await import(${JSON.stringify(module)})
    await alone(async () => {
      console.log('has it')
      for await (const _ of process.stdin) {}
    }, ${JSON.stringify(folder)})`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', hold])
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const prints = async (words: string) => {
    while (!output.includes(words)) await once(child.stdout, 'data')
  }
  return { child, prints, printed: () => output, ended: once(child, 'close') }
}

it.runIf(process.platform === 'linux')('runs one set-up of a folder at a time, also after one was killed', async () => {
  const first = setUp('/a')
  await first.prints('has it')
  const elsewhere = setUp('/b')
  await elsewhere.prints('has it')
  const second = setUp('/a')
  await second.prints('waiting for it')
  expect(second.printed()).not.toContain('has it')
  first.child.kill('SIGKILL')
  await second.prints('has it')
  for (const { child, ended } of [second, elsewhere]) {
    child.stdin.end()
    expect((await ended)[0]).toBe(0)
  }
})
