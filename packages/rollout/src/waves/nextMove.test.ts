import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Move, nextMove, type WaveStanding } from './nextMove.ts'

type Standing = WaveStanding<string, string, string>

const ahead = { is: 'not begun', held: null } as const
const held = { is: 'not begun', held: 'a freeze window' } as const
const passed = (because = 'attested') => ({ is: 'passed', because }) as const
const failed = (failure = 'refused') => ({ is: 'failed', failure }) as const
const underWay = { is: 'under way', waits: 'for gw-1', deadline: null } as const
type Begun = Exclude<Standing, { is: 'not begun' }>
const until = (atMs: number, becomes: Begun) => ({ ...underWay, deadline: { atMs, becomes } }) as const

describe('the next move', () => {
  const begin = (wave: number, because: string | null = 'attested') => ({ step: 'begin', wave, because }) as const
  const wait = (waits = 'for gw-1') => ({ step: 'wait', waits }) as const
  const stop = { step: 'stop', failure: 'refused' } as const

  it.each<[string, Standing[], Move<string, string, string>]>([
    ['nothing has begun', [ahead, ahead], begin(0, null)],
    ['nothing has begun, and the first wave is held', [held, ahead], wait('a freeze window')],
    ['there is no wave', [], { step: 'finish' }],
    ['the first is under way', [underWay, ahead], wait()],
    ['the first has passed', [passed(), ahead], begin(1)],
    ['the first has passed, and the second is held', [passed(), held], wait('a freeze window')],
    ['the first is under way, and the second is held', [underWay, held], wait()],
    ['the second is under way', [passed(), underWay, ahead], wait()],
    ['the second has passed, and the first is not what it was', [underWay, passed('baked'), ahead], begin(2, 'baked')],
    ['the second has passed, and the patience with the first is over', [until(5, failed()), passed(), ahead], begin(2)],
    ['all have passed', [passed(), passed()], { step: 'finish' }],
    ['the newest has failed', [passed(), failed(), ahead], stop],
    ['one that had passed has failed', [failed(), passed(), ahead], stop],
    ['one that had passed has failed, and the newest is under way', [failed(), underWay, ahead], stop],
    ['the last has failed', [passed(), failed()], stop],
    ['patience is not over', [until(11, failed()), ahead], wait()],
    ['patience is over, and ends badly', [until(10, failed()), ahead], stop],
    ['patience is over, and ends well', [until(10, passed('hold-expired')), ahead], begin(1, 'hold-expired')],
    [
      'it has baked, and the judge has not decided',
      [until(10, { ...underWay, waits: 'for the judge' })],
      wait('for the judge'),
    ],
    ['it has baked, and the patience with the judge is over', [until(9, until(10, failed())), ahead], stop],
    ['it has baked, and the patience with the judge is not over', [until(10, until(11, failed())), ahead], wait()],
  ])('if %s', (_case, waves, move) => {
    expect(nextMove(waves, 10)).toEqual(move)
  })
})

/** What is seen of one wave after it has begun: from when it passes or fails, or null if that is never seen. */
type Seen = { verdict: 'passes' | 'fails'; afterMs: number } | null

describe('whatever is seen of the waves, in any order', () => {
  const seen = fc.option(
    fc.record({ verdict: fc.constantFrom('passes', 'passes', 'fails'), afterMs: fc.nat({ max: 9 }) }),
  )
  const patience = fc.option(fc.record({ atMs: fc.nat({ max: 9 }), passes: fc.boolean() }))
  const waves = fc.array(fc.record({ seen, patience, heldMs: fc.nat({ max: 3 }) }), { minLength: 1, maxLength: 5 })
  type Wave = { seen: Seen; patience: { atMs: number; passes: boolean } | null; heldMs: number }

  /** Lets time pass. `ends` says when a process loses what it decided. @returns which waves began, and how it ended */
  function walk(all: readonly Wave[], ends: readonly boolean[] = []) {
    const begunMs: number[] = []
    const log: { wave: number; atMs: number }[] = []
    let step = 0
    for (let nowMs = 0; nowMs < 100; nowMs++) {
      for (;;) {
        const standings = all.map((wave, i): Standing => {
          const sinceMs = begunMs[i]
          if (sinceMs === undefined) return { is: 'not begun', held: nowMs < wave.heldMs ? 'held' : null }
          if (wave.seen && nowMs >= sinceMs + wave.seen.afterMs)
            return wave.seen.verdict === 'fails' ? failed() : passed()
          const then = wave.patience?.passes ? passed() : failed()
          return wave.patience ? until(sinceMs + wave.patience.atMs, then) : underWay
        })
        const move = nextMove(standings, nowMs)
        expect(nextMove(standings, nowMs)).toEqual(move)
        const isLost = ends[step++] ?? false
        if (isLost) continue
        if (move.step === 'stop' || move.step === 'finish') return { log, step: move.step, atMs: nowMs }
        if (move.step === 'wait') break
        expect(move.wave).toBe(begunMs.length)
        begunMs.push(nowMs)
        log.push({ wave: move.wave, atMs: nowMs })
      }
    }
    return { log, step: 'wait' as const, atMs: 100 }
  }

  /** How long a wave takes to pass or to fail, without the rule: what is seen counts until patience is over, and then that. */
  function fate({ seen: what, patience: until }: Wave): { passes: boolean; afterMs: number } | null {
    if (what && (!until || what.afterMs <= until.atMs))
      return { passes: what.verdict === 'passes', afterMs: what.afterMs }
    return until && { passes: until.passes, afterMs: until.atMs }
  }

  it('each wave begins in the moment in which the one before it has passed, unless it is held, and none after harm', () => {
    fc.assert(
      fc.property(waves, (all) => {
        const { log, step, atMs } = walk(all)
        log.forEach(({ wave, atMs: begun }) => {
          const before = log[wave - 1]
          const end = wave === 0 ? { passes: true, afterMs: 0 } : fate(all[wave - 1] as Wave)
          expect(end?.passes).toBe(true)
          expect(begun).toBe(Math.max(all[wave]?.heldMs ?? 0, (before?.atMs ?? 0) + (end?.afterMs ?? 0)))
        })
        // A wave that passed because patience was over may fail later, and stops the others then.
        for (const { wave, atMs: begun } of log) {
          const what = all[wave]?.seen
          if (what?.verdict !== 'fails') continue
          for (const later of log.slice(wave + 1)) expect(later.atMs).toBeLessThan(begun + what.afterMs)
        }
        if (step === 'finish') expect(log).toHaveLength(all.length)
        if (step === 'stop') expect(atMs).toBeLessThan(100)
      }),
    )
  })

  it('all begin and it finishes if each passes at last', () => {
    const verdict = fc.constant('passes' as const)
    const good = fc.record({
      ...{ seen: fc.record({ verdict, afterMs: fc.nat({ max: 9 }) }), patience: fc.constant(null) },
      heldMs: fc.nat({ max: 30 }),
    })
    fc.assert(
      fc.property(fc.array(good, { maxLength: 5 }), (all) => {
        const { step, log } = walk(all)
        expect([step, log.length]).toEqual(['finish', all.length])
      }),
    )
  })

  it('a process that ends at any point changes nothing', () => {
    fc.assert(
      fc.property(waves, fc.array(fc.boolean(), { maxLength: 50 }), (all, ends) => {
        expect(walk(all, ends)).toEqual(walk(all))
      }),
    )
  })
})
