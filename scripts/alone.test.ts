import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const module = join(import.meta.dirname, 'lib/alone.mjs')

/** A process that holds the lock of `folder` until its standard input ends, and says when it has it. */
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
  const says = async (words: string) => {
    while (!output.includes(words)) await once(child.stdout, 'data')
  }
  return { child, says, said: () => output, ended: once(child, 'close') }
}

it.runIf(process.platform === 'linux')(
  'lets one set-up of a folder run at a time, also after one was killed',
  async () => {
    const first = setUp('/a')
    await first.says('has it')
    const elsewhere = setUp('/b')
    await elsewhere.says('has it')
    const second = setUp('/a')
    await second.says('waiting for it')
    expect(second.said()).not.toContain('has it')
    first.child.kill('SIGKILL')
    await second.says('has it')
    for (const { child, ended } of [second, elsewhere]) {
      child.stdin.end()
      expect((await ended)[0]).toBe(0)
    }
  },
)
