import fc from 'fast-check'
import { expect, it } from 'vitest'

it('reports the first counterexample of a property, and does not look for a smaller one until its time is up', async () => {
  const never = fc.asyncProperty(fc.array(fc.nat(), { minLength: 5 }), async () => false)
  expect(await fc.check(never, { seed: 1 })).toMatchObject({ failed: true, numRuns: 1, numShrinks: 0 })
})
