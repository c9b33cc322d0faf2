import { describe, expect, it } from 'vitest'
import { parseWaves, type Wave, WavesError } from './waves.ts'

const wave = (ring: string, holdSeconds = 30): Wave => ({ ring, holdSeconds })

describe('a list of waves', () => {
  it.each<[string, Wave[]]>([
    ['fleet', [wave('fleet')]],
    ['canary,fleet', [wave('canary'), wave('fleet')]],
    ['canary:60, early:0 ,fleet', [wave('canary', 60), wave('early', 0), wave('fleet')]],
    ['a,b-2,c:86400,d', [wave('a'), wave('b-2'), wave('c', 86_400), wave('d')]],
    ['r'.repeat(32), [wave('r'.repeat(32))]],
  ])('%s is read in its order, with a hold of 30 s unless it names another', (text, waves) => {
    expect(parseWaves(text)).toEqual(waves)
  })

  it.each([
    ['', '"" can\'t name a ring: Use 1 to 32 lower-case letters, digits and dashes.'],
    ['canary,,fleet', '"" can\'t name a ring'],
    ['canary,Fleet', '"Fleet" can\'t name a ring'],
    ['-st', '"-st" can\'t name a ring'],
    ['a b', '"a b" can\'t name a ring'],
    ['r'.repeat(33), "can't name a ring"],
    ['canary,fleet,canary:60', 'the ring canary is in two waves'],
    ['canary:', 'the hold of canary must be 0 to 86400 whole seconds, not ""'],
    ['canary:-1', 'not "-1"'],
    ['canary:1.5', 'not "1.5"'],
    ['canary:86401', 'not "86401"'],
    ['canary:30:30', 'not "30:30"'],
  ])('"%s" is rejected, with the reason', (text, reason) => {
    expect(() => parseWaves(text)).toThrow(WavesError)
    expect(() => parseWaves(text)).toThrow(reason)
  })
})
