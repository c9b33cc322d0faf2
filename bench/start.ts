// The time from a fresh clone to a working portal, and of a second start with nothing changed.
import { inFreshClone } from './lib/clone.ts'
import { machine, rounded } from './lib/platform.ts'

const held = { freshCloneSeconds: 75, secondStartSeconds: 20 }
const portOffset = '6000'
const env = { TICKWATCH_PORT_OFFSET: portOffset }

const seconds: number[] = []
await inFreshClone(async (_, run) => {
  try {
    for (const _ of ['first', 'second']) {
      const startedAt = performance.now()
      await run('npm', ['start', '--', '--detach'], env)
      const page = await fetch(`http://localhost:${3000 + Number(portOffset)}/signin`)
      if (!page.ok) throw new Error(`the portal answered ${page.status}`)
      seconds.push((performance.now() - startedAt) / 1_000)
      await run('npm', ['run', 'stop'], env)
    }
  } finally {
    await run('npm', ['run', 'stop'], env).catch((fault: Error) => console.error(fault.message))
  }
})
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
