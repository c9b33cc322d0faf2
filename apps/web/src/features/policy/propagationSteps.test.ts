import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isSettled,
  laggards,
  type PropagationView,
  progressSentence,
  propagationSteps,
  timesSentence,
} from './propagationSteps.ts'

const wave = (ring: string, publishedMs: number | null = null, enforcedMs: number | null = null) => ({
  ring,
  publishedMs,
  enforcedMs,
})
const saved: PropagationView = {
  version: null,
  state: 'saved',
  savedAt: '2026-11-23T17:00:00.000Z',
  compiledMs: null,
  waves: [wave('canary'), wave('fleet')],
  enforcedMs: null,
  gateways: [
    { gatewayId: 'gateway-1', ring: 'canary', enforcedMs: null, state: 'behind', detail: null },
    { gatewayId: 'gateway-2', ring: 'fleet', enforcedMs: null, state: 'behind', detail: null },
  ],
  held: null,
}
const [canary, fleet] = saved.gateways
if (!canary || !fleet) throw new Error('the fixture has two gateways')

const enforced: PropagationView = {
  ...saved,
  version: 128,
  state: 'enforced',
  compiledMs: 310,
  waves: [wave('canary', 400, 1_100), wave('fleet', 1_200, 2_900)],
  enforcedMs: 2_900,
  gateways: [
    { ...canary, enforcedMs: 1_100, state: 'in-sync' },
    { ...fleet, enforcedMs: 2_900, state: 'in-sync' },
  ],
}
const words = (view: PropagationView) => propagationSteps(view).map((s) => `${s.words}: ${s.state}`)

describe('propagation', () => {
  it('shows a saved change as compiling, with nothing enforced yet', () => {
    expect(words(saved)).toEqual([
      'Saved: done',
      'Compiling: running',
      'Canary enforces 0 of 1: waiting',
      'Fleet enforces 0 of 1: waiting',
    ])
  })

  it('names the version and the time of each step once every gateway enforces it', () => {
    expect(words(enforced)).toEqual([
      'Saved: done',
      'Compiled v128 (310 ms): done',
      'Canary enforces 1 of 1 (1.1 s): done',
      'Fleet enforces 1 of 1 (2.9 s): done',
    ])
    expect(isSettled(enforced)).toBe(true)
    expect(progressSentence(enforced)).toBe('Enforced on every gateway, 2.9 s after it was saved.')
  })

  it('says in steps and sentences alike that every gateway enforces it, before the API has recorded it', () => {
    const unrecorded = { ...enforced, enforcedMs: null, held: 'waits for gateway-2, which is away' }
    expect(words(unrecorded)).toEqual(words(enforced))
    expect(progressSentence(unrecorded)).toBe(progressSentence(enforced))
    expect(timesSentence(unrecorded, {})).toBe(timesSentence(enforced, {}))
    expect(isSettled(unrecorded)).toBe(false)
  })

  it('continues until a gateway that was away enforces it too', () => {
    const away = { ...fleet, enforcedMs: null, state: 'away' as const, detail: 'no heartbeat since 17:15:03 UTC' }
    const without: PropagationView = {
      ...enforced,
      gateways: [{ ...canary, enforcedMs: 1_100, state: 'in-sync' }, away],
    }
    expect(isSettled(without)).toBe(false)
    expect(progressSentence(without)).toBe('Enforced on every gateway but gateway-2, 2.9 s after it was saved.')
    expect(words(without).at(-1)).toBe('Fleet enforces 0 of 1: running')
  })

  it('stops at a canary that refuses, and says which gateway and why', () => {
    const refused: PropagationView = {
      ...enforced,
      state: 'refused',
      waves: [wave('canary', 400), wave('fleet')],
      enforcedMs: null,
      gateways: [{ ...canary, state: 'refused', detail: 'signature' }, fleet],
      held: 'gateway-1 refused v128: signature',
    }
    expect(words(refused).slice(2)).toEqual(['Canary refused: stopped', 'Fleet enforces 0 of 1: stopped'])
    // `held` already names the gateway that refused it, and it was not published to the fleet.
    expect(laggards(refused)).toEqual([])
    expect(laggards({ ...refused, held: null })).toEqual([
      { gatewayId: 'gateway-1', words: 'gateway-1 refuses this version: signature', bad: true },
    ])
    expect(isSettled(refused)).toBe(true)
  })

  it('continues without a canary that is away, and names it', () => {
    const away: PropagationView = {
      ...enforced,
      state: 'publishing',
      waves: [wave('canary', 400), wave('fleet', 31_000)],
      enforcedMs: null,
      gateways: [
        { ...canary, state: 'away', detail: 'no heartbeat for 40 s' },
        { ...fleet, enforcedMs: 31_000, state: 'in-sync' },
      ],
    }
    expect(words(away).slice(2)).toEqual([
      'Continued without the canary ring (gateway-1): stopped',
      'Fleet enforces 1 of 1 (31 s): done',
    ])
    const back: PropagationView = { ...away, gateways: [{ ...canary, enforcedMs: 45_000, state: 'in-sync' }, fleet] }
    expect(words(back)[2]).toBe('Canary enforces 1 of 1 (45 s): done')
    expect(laggards(away).map((g) => g.words)).toEqual(['gateway-1 is away: no heartbeat for 40 s'])
  })

  it('names the gateways that refuse it and a few others, and counts the rest of 200', () => {
    const gateways = Array.from({ length: 200 }, (_, n) => ({
      ...{ ...fleet, gatewayId: `gateway-${n + 1}`, enforcedMs: null, detail: null },
      state: n === 150 ? ('refused' as const) : ('away' as const),
    }))
    const shown = laggards({ ...enforced, state: 'publishing', enforcedMs: null, held: null, gateways })
    expect(shown.map((g) => g.words)).toEqual([
      'gateway-151 refuses this version',
      ...[1, 2, 3, 4].map((n) => `gateway-${n} is away`),
      '195 other gateways delay it or are away',
    ])
  })

  it('shows for a change of this page when the page showed each step, and says so', () => {
    const seen = { saved: 200, compiled: 640, 'wave canary': 900 }
    expect(propagationSteps(enforced, seen).map((s) => s.words)).toEqual([
      'Saved',
      'Compiled v128 (640 ms)',
      'Canary enforces 1 of 1 (900 ms)',
      // It is on the screen now, so its time is known a moment later.
      'Fleet enforces 1 of 1',
    ])
    expect(timesSentence(enforced, seen)).toBe(
      'Times count from your click until this page showed the step. The gateways enforced it 2.9 s after it was saved.',
    )
    expect(timesSentence(enforced)).toBe('Times count from when the change was saved.')
  })

  it('says that a gateway is behind, or that a ring was left behind, only after it had the time to follow', () => {
    const late = { ...canary, state: 'behind' as const, detail: 'still enforces v127' }
    const view: PropagationView = {
      ...enforced,
      state: 'publishing',
      waves: [wave('canary', 400), wave('fleet', 500)],
      enforcedMs: null,
      gateways: [canary, fleet],
    }
    expect(words(view)[2]).toBe('Canary enforces 0 of 1: running')
    expect(laggards(view)).toEqual([])
    const after = { ...view, gateways: [late, fleet] }
    expect(words(after)[2]).toBe('Continued without the canary ring (gateway-1): stopped')
    expect(laggards(after).map((g) => g.words)).toEqual(['gateway-1 is behind: still enforces v127'])
  })

  /** What the API shows at any moment of an ordinary publication; see the property in its propagation.test.ts. */
  const ordinary = fc
    .record({ sizes: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }), published: fc.nat({ max: 4 }) })
    .chain(({ sizes, published }) => {
      const count = Math.min(published, sizes.length)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      return fc.record({
        sizes: fc.constant(sizes),
        count: fc.constant(count),
        attested: fc.array(fc.boolean(), { minLength: total, maxLength: total }),
        recorded: fc.array(fc.boolean(), { minLength: sizes.length, maxLength: sizes.length }),
        compiled: fc.boolean(),
      })
    })
    .map(({ sizes, count, attested, recorded, compiled }): PropagationView => {
      const gateways = sizes.flatMap((size, ring) =>
        Array.from({ length: size }, (_, i) => {
          const nth = sizes.slice(0, ring).reduce((sum, n) => sum + n, 0) + i
          const has = ring < count - 1 || (ring === count - 1 && attested[nth])
          return {
            ...{ gatewayId: `g-${ring}-${i}`, ring: `r${ring}`, detail: null },
            ...(has
              ? { enforcedMs: 900 + nth, state: 'in-sync' as const }
              : { enforcedMs: null, state: 'behind' as const }),
          }
        }),
      )
      const complete = (ring: string) => gateways.every((g) => g.ring !== ring || g.enforcedMs !== null)
      const waves = sizes.map((size, i) => {
        const isRecorded = i < count && size > 0 && complete(`r${i}`) && recorded[i]
        return wave(`r${i}`, i < count ? 500 + i : null, isRecorded ? 1_000 + i : null)
      })
      const version = compiled || count > 0 ? { version: 8, compiledMs: 300 } : { version: null, compiledMs: null }
      return { ...saved, ...version, state: count > 0 ? 'publishing' : 'saved', waves, gateways }
    })

  it('never shows an ordinary publication as stopped, late or incomplete', () => {
    fc.assert(
      fc.property(ordinary, (view) => {
        const steps = propagationSteps(view)
        expect(steps.map((step) => step.state)).not.toContain('stopped')
        expect(laggards(view)).toEqual([])
        const text = [...steps.map((step) => step.words), progressSentence(view), timesSentence(view)].join(' ')
        expect(text).not.toMatch(/without|behind|refuse|away|but /)
        // A step is done only if all steps before it are.
        const firstOpen = steps.findIndex((step) => step.state !== 'done')
        if (firstOpen >= 0) expect(steps.slice(firstOpen).map((step) => step.state)).not.toContain('done')
      }),
    )
  })

  it('has no canary step in a fleet without canaries', () => {
    const view = { ...saved, version: 3, state: 'publishing' as const, compiledMs: 100, gateways: [fleet] }
    expect(words(view)).toEqual(['Saved: done', 'Compiled v3 (100 ms): done', 'Fleet enforces 0 of 1: running'])
  })
  it('has one step for each wave, however many there are', () => {
    const gateways = ['a', 'b', 'c', 'd'].flatMap((ring) =>
      [1, 2].map((n) => ({
        ...fleet,
        gatewayId: `${ring}-${n}`,
        ring,
        enforcedMs: ring === 'a' || n === 1 ? 900 : null,
      })),
    )
    const waves = [wave('a', 400, 900), wave('b', 1_000), wave('c'), wave('d')]
    const view = { ...saved, version: 3, state: 'publishing' as const, compiledMs: 100, gateways, waves }
    expect(words(view).slice(2)).toEqual([
      'A enforces 2 of 2 (900 ms): done',
      'B enforces 1 of 2: running',
      'C enforces 1 of 2: waiting',
      'D enforces 1 of 2: waiting',
    ])
    expect(progressSentence(view)).toBe('The a ring enforces it; the b ring follows.')
    const one = { ...view, gateways: [fleet], waves: [wave('fleet', 400)] }
    expect(words(one).slice(2)).toEqual(['Fleet enforces 0 of 1: running'])
    expect(progressSentence(one)).toBe('Compiled; the fleet ring is next.')
  })
})
