import { describe, expect, it } from 'vitest'
import type { Attempt, Edge } from './attempt.ts'
import { giveUpMs, probeTenant, type Time } from './probeTenant.ts'

const ok: Attempt = { kind: 'ok' }
const missing: Attempt = { kind: 'missing', why: 'the query did not return the sample' }
const failed: Attempt = { kind: 'failed', why: '503: tw-upstream' }
const away: Attempt = { kind: 'away', why: '503: no healthy upstream' }

type Answers = (gateway: string, sinceStartMs: number) => Attempt

/** Probes through gateways that answer so, each after 10 ms, without waiting. */
async function run(write: Answers, read: Answers, gateways = ['a', 'b', 'c'], first = 0) {
  let nowMs = 0
  const asked: string[] = []
  const time: Time = {
    epochMs: () => 1_000_000 + nowMs,
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms
    },
  }
  const answering = (how: string, answers: Answers) => async (_: string, gateway: string, sentMs: number) => {
    expect(sentMs).toBe(1_000_000)
    nowMs += 10
    asked.push(`${how} ${gateway}`)
    return answers(gateway, nowMs)
  }
  const edge: Edge = { write: answering('write', write), read: answering('read', read) }
  const { away, ...outcome } = await probeTenant(edge, 'acme', gateways, first, time)
  return { ...outcome, away: [...away], asked, tookMs: nowMs }
}
const always =
  (attempt: Attempt): Answers =>
  () =>
    attempt
/** After some time the answer is another. */
const until =
  (ms: number, before: Attempt, after: Attempt): Answers =>
  (_, nowMs) =>
    nowMs <= ms ? before : after

describe('a probe', () => {
  it('that reads its sample at once says how old it was', async () => {
    expect(await run(always(ok), always(ok), ['a', 'b', 'c'], 4)).toMatchObject({
      ...{ result: 'read', ageSeconds: 0.02, gateway: 'b', away: [], why: null },
      asked: ['write b', 'read b'],
    })
  })

  it('reads again until it sees its sample', async () => {
    const outcome = await run(always(ok), until(3_000, missing, ok))
    expect(outcome.result).toBe('read')
    expect(outcome.ageSeconds).toBeGreaterThan(3)
    expect(outcome.ageSeconds).toBeLessThan(3.6)
  })

  it('writes again, as an agent does, and counts that time', async () => {
    const outcome = await run(until(2_000, failed, ok), always(ok))
    expect(outcome).toMatchObject({ result: 'read', gateway: 'a', away: [] })
    expect(outcome.ageSeconds).toBeGreaterThan(2)
  })

  it.each<[string, Answers, Answers, string, Attempt]>([
    ['cannot write', always(failed), always(ok), 'cannot-write', failed],
    ['cannot query', always(ok), always(failed), 'cannot-query', failed],
    ['cannot query any more', always(ok), until(4_000, missing, failed), 'cannot-query', failed],
    ['cannot read what it wrote', always(ok), always(missing), 'not-readable', missing],
    [
      'cannot read what it wrote, once queries are answered',
      always(ok),
      until(4_000, failed, missing),
      'not-readable',
      missing,
    ],
  ])('that %s says so, and counts with more than 8 s', async (_what, write, read, result, last) => {
    const outcome = await run(write, read)
    expect(outcome).toMatchObject({ result, gateway: 'a', why: 'why' in last ? last.why : null })
    expect(outcome.ageSeconds).toBeGreaterThanOrEqual(giveUpMs / 1_000)
    expect(outcome.ageSeconds).toBeGreaterThan(8)
    // The next probe of the tenant begins 10 s after this one.
    expect(outcome.tookMs).toBeLessThan(10_000)
  })

  it('goes at once to the next gateway if Envoy sends the first no requests', async () => {
    const answers: Answers = (gateway) => (gateway === 'a' ? away : ok)
    expect(await run(answers, answers)).toMatchObject({
      ...{ result: 'read', ageSeconds: 0.03, gateway: 'b', away: ['a'] },
      asked: ['write a', 'write b', 'read b'],
    })
  })

  it('reads through the next gateway if the first went away after the write', async () => {
    expect(await run(always(ok), (gateway) => (gateway === 'c' ? away : ok), ['a', 'b', 'c'], 2)).toMatchObject({
      ...{ result: 'read', gateway: 'a', away: ['c'] },
      asked: ['write c', 'read c', 'read a'],
    })
  })

  it('cannot write while all gateways are away, and tries them again', async () => {
    const lost = await run(always(away), always(ok))
    expect(lost).toMatchObject({ result: 'cannot-write', gateway: null })
    expect(lost.away.toSorted()).toEqual(['a', 'b', 'c'])
    expect(lost.asked.length).toBeGreaterThan(30)
    const back = await run(until(1_000, away, ok), always(ok))
    expect(back).toMatchObject({ result: 'read' })
    expect(back.away).not.toContain(back.gateway)
  })

  it('does not hurry if there is only one gateway', async () => {
    const { asked } = await run(always(away), always(ok), ['a'])
    expect(asked.length).toBeLessThan(30)
  })
})
