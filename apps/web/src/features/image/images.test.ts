import { describe, expect, it } from 'vitest'
import { changeWords, countsWords, diffSentence, type Image, imageIdOf, imagesSentence, worstOf } from './images.ts'

const image = (ready: boolean): Image => ({
  ...{ id: 'a', name: 'gateway', version: '1', registeredAt: '', registeredBy: 'ci', builtAt: null, commit: null },
  ...{ ready, refusals: 0, firstRefusal: null, severities: {}, excepted: 0, regions: [], architectures: [] },
})

describe('the sentence of the list', () => {
  it.each<[boolean[], boolean, string]>([
    [[], true, 'No image is registered.'],
    [[true], true, 'The image may roll out.'],
    [[false], true, 'None of 1 image may roll out.'],
    [[true, false], true, '1 of 2 images may roll out.'],
    [[true, true], false, '2 of the 2 images on this page may roll out.'],
  ])('of %j', (ready, isWhole, sentence) => {
    expect(imagesSentence(ready.map(image), isWhole)).toBe(sentence)
  })
})

it('counts of vulnerabilities are named from the worst to the least', () => {
  expect(countsWords({ low: 1_204, critical: 1, unknown: 2 })).toBe('1 critical, 2 unknown, 1,204 low')
  expect(countsWords({})).toBe('none')
  expect([worstOf({ low: 1, medium: 2 }), worstOf({ low: 0 })]).toEqual(['medium', null])
})

it('differences are counted in one sentence', () => {
  const of = (packages: number, vulnerabilities: number, manifest: number) =>
    diffSentence({ totals: { packages, vulnerabilities, manifest } })
  expect(of(0, 0, 0)).toBe('Nothing differs.')
  expect(of(1, 0, 0)).toBe('1 package differs.')
  expect(of(2, 1, 5)).toBe('2 packages, 1 vulnerability and 5 values of the manifest differ.')
  expect(of(0, 2, 1)).toBe('2 vulnerabilities and 1 value of the manifest differ.')
})

it('a change says what was added and removed', () => {
  expect(changeWords({ from: null, to: '1' })).toBe('1 (new)')
  expect(changeWords({ from: '1', to: null })).toBe('1 (removed)')
  expect(changeWords({ from: '1', to: '2' })).toBe('1 → 2')
})

it('a URL with something else than an id leads to no image', () => {
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e'
  expect(imageIdOf(id)).toBe(id)
  expect(imageIdOf('<script>')).toBe('00000000-0000-4000-8000-000000000000')
})
