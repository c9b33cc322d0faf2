import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { Calls, type Case } from './calls.ts'
import { refreshCases } from './refreshCases.ts'
import { requestCases } from './requestCases.ts'
import type { Target, TargetName } from './target.ts'

export const cases: readonly Case[] = [...requestCases, ...refreshCases]

/** Auto Scaling and EC2 as rollouts use them: the same cases for each target. They run one after the other, on one group. */
export function describeContract(name: TargetName, open: () => Promise<Target>): void {
  describe(`Auto Scaling and EC2 as rollouts use them, of ${name}`, () => {
    let calls: Calls
    beforeAll(async () => {
      calls = new Calls(await open())
    })
    afterAll(() => calls.at.stop())
    beforeEach(() => calls.settle())
    for (const { name: outcome, notAt, show } of cases) {
      it(outcome, async ({ skip }) => {
        const why = notAt?.[name]
        if (why) skip(why)
        await show(calls)
      })
    }
  })
}
