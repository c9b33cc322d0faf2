import { createHash } from 'node:crypto'
import { readerUseResolutionMs, readerUsesMax } from '@tickwatch/policy'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ReaderUses } from './readerUses.ts'

const startMs = Date.parse('2026-12-01T00:00:00Z')
const hash = (name: string) => createHash('sha256').update(name).digest('hex')
const at = (seconds: number) => startMs + seconds * 1_000
const use = (name: string, seconds: number) => ({ sha256: hash(name), usedAt: new Date(at(seconds)).toISOString() })

it('the first use of a token is reported, and later ones when a minute has passed since it', () => {
  const uses = new ReaderUses()
  expect(uses.due()).toEqual([])
  uses.add(hash('a'), at(0))
  expect(uses.due()).toEqual([use('a', 0)])
  uses.reported(uses.due(), at(1))
  uses.add(hash('a'), at(59))
  expect(uses.due()).toEqual([])
  uses.add(hash('a'), at(61))
  expect(uses.due()).toEqual([use('a', 61)])
})

it('a use is reported again, with the newest time, until the control plane has it', () => {
  const uses = new ReaderUses()
  uses.add(hash('a'), at(0))
  const lost = uses.due()
  uses.add(hash('a'), at(5))
  expect(uses.due()).toEqual([use('a', 5)])
  uses.reported(lost, at(6))
  expect(uses.due()).toEqual([])
})

it('a report has a bounded number of tokens, and the next ones have the others', () => {
  const uses = new ReaderUses()
  const names = Array.from({ length: 2 * readerUsesMax + 1 }, (_, i) => `t-${i}`)
  const seen = new Set<string>()
  for (let report = 0; report < 3; report += 1) {
    for (const name of names) uses.add(hash(name), at(report * 60))
    const due = uses.due()
    expect(due).toHaveLength(readerUsesMax)
    for (const { sha256 } of due) seen.add(sha256)
    uses.reported(due, at(report * 60))
  }
  expect(seen.size).toBe(names.length)
})

it('whatever is used and whichever reports arrive, each token is known to the minute at the end', () => {
  const step = fc.record({
    token: fc.constantFrom('a', 'b', 'c'),
    waitedMs: fc.integer({ min: 0, max: 100_000 }),
    arrives: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const uses = new ReaderUses()
      const [used, known] = [new Map<string, number>(), new Map<string, number>()]
      let nowMs = startMs
      const report = () => {
        const due = uses.due()
        for (const { sha256, usedAt } of due) known.set(sha256, Date.parse(usedAt))
        uses.reported(due, nowMs)
      }
      for (const { token, waitedMs, arrives } of steps) {
        nowMs += waitedMs
        used.set(hash(token), nowMs)
        uses.add(hash(token), nowMs)
        if (arrives) report()
      }
      report()
      for (const [token, usedMs] of used) {
        expect(usedMs - (known.get(token) ?? 0)).toBeLessThan(readerUseResolutionMs)
        expect(known.get(token)).toBeLessThanOrEqual(usedMs)
      }
    }),
  )
})
