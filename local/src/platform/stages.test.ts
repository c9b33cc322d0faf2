import { expect, test } from 'vitest'
import { bringUp, type Stage, takeDown } from './stages.ts'

function platform(broken?: string) {
  const steps: string[] = []
  const stage = (name: string, after: string[]): Stage => ({
    name,
    after,
    up: async () => {
      if (name === broken) throw new TypeError('fetch failed', { cause: new Error('refused') })
      steps.push(`+${name}`)
    },
    down: async () => {
      if (name === broken) throw new Error('stuck')
      steps.push(`-${name}`)
    },
  })
  // Not in the order in which they must start.
  const stages = [stage('web', ['api']), stage('api', ['postgres', 'left-out']), stage('postgres', [])]
  return { steps, stages }
}

test('a stage comes up after those it needs, and goes down before them', async () => {
  const { steps, stages } = platform()
  await bringUp(stages)
  await takeDown(stages)
  expect(steps).toEqual(['+postgres', '+api', '+web', '-web', '-api', '-postgres'])
})

test('what needs a stage that failed is not started, and the fault names the stage and its cause', async () => {
  const { steps, stages } = platform('api')
  await expect(bringUp(stages)).rejects.toThrow('api: fetch failed: refused')
  expect(steps).toEqual(['+postgres'])
})

test('a stage that does not go down does not keep the others up', async () => {
  const { steps, stages } = platform('api')
  await expect(takeDown(stages)).rejects.toThrow('good order')
  expect(steps).toEqual(['-web', '-postgres'])
})
