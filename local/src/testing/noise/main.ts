import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { MakeNoise, Messages, Noise, NoiseAnswers } from './noise.ts'
import { prepareApiCalls, preparePages } from './people.ts'
import { prepareQueries } from './queries.ts'
import { prepareWrites } from './writes.ts'

// The process of `prepareNoise`. It ends by itself after the seconds that it was asked for, or with its parent.

const prepare = (noise: Noise): Promise<MakeNoise> => {
  if (noise.way === 'writes') return prepareWrites(noise)
  if (noise.way === 'queries') return prepareQueries(noise)
  return noise.way === 'portal' ? preparePages(noise) : prepareApiCalls(noise)
}
const say = (message: Messages) => process.send?.(message)

process.once('disconnect', () => process.exit())
const lowestPriority = 19
setPriority(lowestPriority)
// If Linux groups processes by session (`man 7 sched`, "The autogroup feature"), the line above counts only within ours.
const group = '/proc/self/autogroup'
if (existsSync(group)) writeFileSync(group, String(lowestPriority))
const makeNoise = await prepare(JSON.parse(process.argv[2] ?? '') as Noise)
const asked = once(process, 'message') as Promise<[{ seconds: number }]>
say({ ready: true })
const [{ seconds }] = await asked
const answers: NoiseAnswers = {}
await makeNoise(Date.now() + seconds * 1_000, (answer) => {
  answers[answer] = (answers[answer] ?? 0) + 1
})
say({ answers })
process.disconnect()
