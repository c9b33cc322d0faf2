import { expect, it } from 'vitest'
import { bringUp, type Stage, takeDown } from './stages.ts'

/** A chain that is listed in neither the order of its start nor that of its stop. */
const chain = { api: ['postgres'], web: ['api'], postgres: [] }

function platform(after: Record<string, readonly string[]>, broken?: string) {
  const steps: string[] = []
  const stages = Object.entries(after).map(
    ([name, afterNames]): Stage => ({
      name,
      after: afterNames,
      up: async () => {
        if (name === broken) throw new TypeError('fetch failed', { cause: new Error('refused') })
        steps.push(`+${name}`)
      },
      down: async () => {
        if (name === broken) throw new Error('stuck')
        steps.push(`-${name}`)
      },
    }),
  )
  return { steps, stages }
}

it('a stage starts after the stages that it needs, and stops before them', async () => {
  const { steps, stages } = platform(chain)
  await bringUp(stages)
  await takeDown(stages)
  expect(steps).toEqual(['+postgres', '+api', '+web', '-web', '-api', '-postgres'])
})

it('a stage that needs a failed stage is not started, and the fault names the failed stage and its cause', async () => {
  const { steps, stages } = platform(chain, 'api')
  await expect(bringUp(stages)).rejects.toThrow('api: fetch failed: refused')
  expect(steps).toEqual(['+postgres'])
})

it('after a failure no other stage begins, even if it does not need the failed stage', async () => {
  const { steps, stages } = platform({ broken: [], slow: [], later: ['slow'] }, 'broken')
  const slow = Promise.withResolvers<void>()
  const report = (name: string, outcome: string) => {
    // `slow` is starting when `broken` fails, and ends after it.
    if (outcome === 'failed') slow.resolve()
    steps.push(`${name} ${outcome}`)
  }
  const waiting = stages.map((stage) => (stage.name === 'slow' ? { ...stage, up: () => slow.promise } : stage))
  await expect(bringUp(waiting, report)).rejects.toThrow('broken: fetch failed')
  expect(steps).toEqual(['broken begun', 'slow begun', 'broken failed', 'slow done'])
})

it('a stage that needs an unknown stage is a fault, and no stage begins', async () => {
  const { steps, stages } = platform({ postgres: [], api: ['postgers'] })
  await expect(bringUp(stages)).rejects.toThrow('a stage comes after "postgers", which is not a stage')
  expect(steps).toEqual([])
})

it('a stage that does not stop does not keep the others running', async () => {
  const { steps, stages } = platform(chain, 'api')
  await expect(takeDown(stages)).rejects.toThrow('did not stop cleanly')
  expect(steps).toEqual(['-web', '-postgres'])
})
