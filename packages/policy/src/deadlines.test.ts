import { expect, it } from 'vitest'
import { answerWithinMs } from './deadlines.ts'

it('the portal waits for the API until the API has said which part does not answer', () => {
  const { database, storage, page, relay } = answerWithinMs
  for (const behind of [database, storage]) {
    expect(behind).toBeLessThan(page)
    // The API needs some time of its own, also on a busy machine.
    expect(page - behind).toBeGreaterThanOrEqual(1_000)
    expect(behind).toBeLessThan(relay)
  }
})
