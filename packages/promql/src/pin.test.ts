import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuery, pinLabel, pinSelector, type Selector } from './index.ts'
import { generatedQuery, pinMatcher, pinnedTenant } from './testing/queries.ts'

const pin = (query: string, tenant = 'a') => pinLabel(parseQuery(query), 'tenant', tenant)

describe('each selector is pinned', () => {
  it.each([
    ['up', 'up{tenant="a"}'],
    ['up{}', 'up{tenant="a"}'],
    ['{}', '{tenant="a"}'],
    ['{job="x"}', '{tenant="a",job="x"}'],
    ['up{job="x",}', 'up{tenant="a",job="x",}'],
    ['up { job = "x" }', 'up {tenant="a", job = "x" }'],
    ['{"my.metric"}', '{tenant="a","my.metric"}'],
    ['{"my.metric", "a.b"=~"c"}', '{tenant="a","my.metric", "a.b"=~"c"}'],
    ['{__name__=~".+"}', '{tenant="a",__name__=~".+"}'],
    ['a:b:c', 'a:b:c{tenant="a"}'],
    ['by{}', 'by{tenant="a"}'],
    ['sum{} + sum', 'sum{tenant="a"} + sum{tenant="a"}'],
    ['or or or', 'or{tenant="a"} or or{tenant="a"}'],
    ['start @ end()', 'start{tenant="a"} @ end()'],
    ['rate', 'rate{tenant="a"}'],
    ['offset', ' {tenant="a",__name__="offset"}'],
    ['sum(offset offset 5m) by (offset)', 'sum( {tenant="a",__name__="offset"} offset 5m) by (offset)'],
    ['up + Offset { offset="x" }', 'up{tenant="a"} +  {tenant="a",__name__="Offset", offset="x" }'],
    ['rate(offset{}[5m])', 'rate( {tenant="a",__name__="offset",}[5m])'],
    ['info + info{}', 'info{tenant="a"} + info{tenant="a"}'],
    ['rate(up[5m])', 'rate(up{tenant="a"}[5m])'],
    ['up[1h:5m] offset 1d @ 5', 'up{tenant="a"}[1h:5m] offset 1d @ 5'],
    ['sum by (offset, tenant) (up)', 'sum by (offset, tenant) (up{tenant="a"})'],
    ['SUM(up) BY (x)', 'SUM(up{tenant="a"}) BY (x)'],
    ['a / on(x) group_left(y) b', 'a{tenant="a"} / on(x) group_left(y) b{tenant="a"}'],
    ['a / on(x) group_left(y) (b)', 'a{tenant="a"} / on(x) group_left(y) (b{tenant="a"})'],
    ['a == bool b', 'a{tenant="a"} == bool b{tenant="a"}'],
    ['topk(scalar(n), up)', 'topk(scalar(n{tenant="a"}), up{tenant="a"})'],
    ['absent(up)', 'absent(up{tenant="a"})'],
    ['a unless on() b', 'a{tenant="a"} unless on() b{tenant="a"}'],
    ['label_replace(up, "tenant", "b", "", "")', 'label_replace(up{tenant="a"}, "tenant", "b", "", "")'],
    ['1 + 2', '1 + 2'],
    ['"up"', '"up"'],
  ])('%s', (query, pinned) => {
    expect(pin(query)).toBe(pinned)
  })

  it.each([
    ['up{tenant="b"}', 'up{tenant="a",tenant="b"}'],
    ['up{tenant=~".*"}', 'up{tenant="a",tenant=~".*"}'],
    ['up{tenant="a"}', 'up{tenant="a",tenant="a"}'],
    ['{"tenant"="b"}', '{tenant="a","tenant"="b"}'],
  ])('in addition to its own matcher for the label: %s', (query, pinned) => {
    expect(pin(query)).toBe(pinned)
  })

  it.each([
    ['up{a="} or up{"}', 'up{tenant="a",a="} or up{"}'],
    ["up{a='} or up # \"'}", 'up{tenant="a",a=\'} or up # "\'}'],
    ['up{a=`\\`} or up', 'up{tenant="a",a=`\\`} or up{tenant="a"}'],
    [String.raw`up{a="\\"} or up{b="\""}`, String.raw`up{tenant="a",a="\\"} or up{tenant="a",b="\""}`],
    ['up{a=`\n#`} or up', 'up{tenant="a",a=`\n#`} or up{tenant="a"}'],
    ['up{ä="b"}'.replace('ä', 'a').replace('b', '💥é'), 'up{tenant="a",a="💥é"}'],
  ])('whatever its strings contain: %j', (query, pinned) => {
    expect(pin(query)).toBe(pinned)
  })

  it.each([
    ['up # { or up', 'up{tenant="a"} '],
    ['up # {tenant="a"}\n', 'up{tenant="a"} \n'],
    ['up # } "\r\nor#`\nup', 'up{tenant="a"} \nor\nup{tenant="a"}'],
    ['up # x\n{ # y\n a="b" # z\n}', 'up \n{tenant="a", \n a="b" \n}'],
    ['sum # by\n(up)', 'sum \n(up{tenant="a"})'],
    ['up{#}\n}', 'up{tenant="a"\n}'],
  ])('whatever its comments contain, and comments are removed: %j', (query, pinned) => {
    expect(pin(query)).toBe(pinned)
  })

  it('in any query, and everything else stays the same', () => {
    fc.assert(
      fc.property(generatedQuery, ({ source, pinned }) => {
        expect(pin(source, pinnedTenant)).toBe(pinned)
      }),
      { numRuns: 1_000 },
    )
  })

  it('a pinned query can be pinned again', () => {
    fc.assert(
      fc.property(generatedQuery, ({ pinned }) => {
        const again = pinned.replaceAll(pinMatcher, `${pinMatcher},${pinMatcher}`)
        expect(pin(pinned, pinnedTenant)).toBe(again)
      }),
    )
  })

  it('in any text and any piece of a query, or the text is rejected', () => {
    const pieces = [
      'up',
      '{',
      '}',
      '(',
      ')',
      '[5m]',
      '[1m:]',
      '#',
      '\n',
      '\r',
      '"',
      "'",
      '`',
      '\\',
      ' or ',
      ' offset 1m',
      '@ 1',
      ',',
      '=',
      'a="b"',
      'sum',
      ' by ',
      '-',
      '\u2028',
      '\0',
    ]
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((some) => some.join('')),
    )
    fc.assert(
      fc.property(text, (query) => {
        const pinned = ((): string | null => {
          try {
            return pin(query, pinnedTenant)
          } catch (fault) {
            expect(fault).toMatchObject({ name: expect.stringMatching(/^Promql/) })
            return null
          }
        })()
        if (pinned === null) return
        expect(parseQuery(pinned).selectors.map(({ firstMatcher }) => firstMatcher)).toEqual(
          parseQuery(query).selectors.map(() => pinMatcher),
        )
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the pin', () => {
  it('keeps any value inside its quotes, except the empty one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const pinned = pinLabel(parseQuery('up{a="b"}'), 'tenant', value)
        expect(pinned).toMatch(/^up\{tenant=".*",a="b"\}$/s)
        expect(JSON.parse(pinned.slice('up{tenant='.length, -',a="b"}'.length))).toBe(value)
      }),
    )
    expect(pinLabel(parseQuery('up'), 'tenant', '\uFFFD"\\\n')).toBe(String.raw`up{tenant="\ufffd\"\\\n"}`)
  })

  it.each([
    ['tenant', ''],
    ['tenant', '\uD800'],
    ['', 'a'],
    ['a-b', 'a'],
    ['tenant="b" or x', 'a'],
  ])('rejects %j=%j, which would pin nothing', (label, value) => {
    expect(() => pinLabel(parseQuery('up'), label, value)).toThrow(RangeError)
  })

  it('throws if an edit missed a selector', () => {
    const query = parseQuery('up{} or down{}')
    const [first, second] = query.selectors as [Selector, Selector]
    const misled = (...selectors: Selector[]) => pinLabel({ ...query, selectors }, 'tenant', 'a')
    expect(misled(first, second)).toBe('up{tenant="a"} or down{tenant="a"}')
    expect(() => misled(first)).toThrow('left a selector without it')
    expect(() => misled({ ...first, firstMatcher: 'x' }, first)).toThrow('left a selector without it')
    expect(() => misled(first, { ...second, insertAt: 0 })).toThrow('syntax error')
  })
})

describe('match[]', () => {
  it.each([
    ['up', 'up{tenant="a"}'],
    ['{__name__=~"a.*"}', '{tenant="a",__name__=~"a.*"}'],
    [' up{a="b"} # x', ' up{tenant="a",a="b"} '],
    ['{}', '{tenant="a"}'],
  ])('%s is pinned', (selector, pinned) => {
    expect(pinSelector(selector, 'tenant', 'a')).toBe(pinned)
  })

  it.each([
    'up or up',
    'up[5m]',
    'up offset 5m',
    'up @ 1',
    '(up)',
    '-up',
    'sum(up)',
    'rate(up[5m])',
    'up[5m:]',
    '1',
    '"up"',
    '',
    'up{',
  ])('%j is not one selector', (selector) => {
    expect(() => pinSelector(selector, 'tenant', 'a')).toThrow(expect.objectContaining({ name: 'PromqlSyntaxError' }))
  })
})
