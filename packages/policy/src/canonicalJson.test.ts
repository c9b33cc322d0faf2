import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from './canonicalJson.ts'

const json = () => fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as Json)

/** The same value with the members of every object in the opposite order. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, member === undefined ? member : reversed(member)]),
  )
}

describe('canonicalJson', () => {
  it.each<[Json, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: {} }, '{"b":{}}'],
    [{ '\u{1f600}': 1, '\uff5e': 2 }, '{"\u{1f600}":1,"\uff5e":2}'],
    [{ 10: 1, 9: 2, A: 3 }, '{"10":1,"9":2,"A":3}'],
    ['ä"\n\ud800', '"ä\\"\\n\\ud800"'],
    [[1e21, 1e-7, -0, 100], '[1e+21,1e-7,0,100]'],
    [[], '[]'],
  ])('writes %j in its canonical form', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })

  it('gives the same bytes whatever the order of members', () => {
    fc.assert(fc.property(json(), (value) => canonicalJson(reversed(value)) === canonicalJson(value)))
  })

  it('is read back as the same value, which gives the same bytes again', () => {
    fc.assert(
      fc.property(json(), (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(value)
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text)
      }),
    )
  })

  it('gives different values different bytes', () => {
    fc.assert(
      fc.property(json(), json(), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b) && JSON.stringify(reversed(a)) !== JSON.stringify(b))
        const same = canonicalJson(a) === canonicalJson(b)
        if (same) expect(a).toEqual(b)
      }),
    )
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(TypeError)
  })
})
