// A fresh clone to a working portal, and the second start of it with nothing changed.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { machine, root, rounded } from './lib/platform.ts'

const held = { freshCloneSeconds: 300, secondStartSeconds: 20 }
const portOffset = '6000'
const folder = mkdtempSync(join(root, '.tickwatch-bench-clone-'))

function run(command: string, args: string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', process.stderr, process.stderr],
      env: { ...process.env, TICKWATCH_PORT_OFFSET: portOffset },
    })
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')}: ${code}`))))
  })
}

const seconds: number[] = []
try {
  await run('git', ['clone', '--quiet', '--no-hardlinks', root, folder], root)
  for (const _ of ['first', 'second']) {
    const startedAt = performance.now()
    await run('npm', ['start', '--', '--detach'], folder)
    const page = await fetch(`http://localhost:${3000 + Number(portOffset)}/signin`)
    if (!page.ok) throw new Error(`the portal answered ${page.status}`)
    seconds.push((performance.now() - startedAt) / 1_000)
    await run('npm', ['run', 'stop'], folder)
  }
} finally {
  await run('npm', ['run', 'stop'], folder).catch((fault: Error) => console.error(fault.message))
  rmSync(folder, { recursive: true, force: true })
}
const [freshClone = Number.NaN, secondStart = Number.NaN] = seconds
const result = {
  bench: 'start',
  freshCloneSeconds: rounded(freshClone, 1),
  secondStartSeconds: rounded(secondStart, 1),
  timesFreshClone: rounded(secondStart / freshClone, 3),
  held,
  pass: freshClone <= held.freshCloneSeconds && secondStart <= held.secondStartSeconds,
  machine,
}
console.log(JSON.stringify(result))
if (!result.pass) process.exitCode = 1
