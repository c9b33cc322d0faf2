import { describe, expect, it } from 'vitest'
import {
  nestingMax,
  PromqlSyntaxError,
  PromqlUnsupported,
  parseQuery,
  pinLabel,
  queryBytesMax,
  selectorsMax,
} from './index.ts'

describe('a query that Prometheus could read differently is rejected', () => {
  it.each([
    ['a comment with a carriage return, which ends it in Prometheus', 'up # \r or up', 5],
    ['an unclosed string', '"up', 0],
    ['a string with an unknown escape', String.raw`up{a="\q"}`, 5],
    ['a string with an escape for the other quote', String.raw`up{a="\'"}`, 5],
    ['a line feed in a string', 'up{a="\n"}', 7],
    ['the character for bytes that are not UTF-8', 'up{a="\uFFFD"}', 5],
    ['the same in a raw string', 'up{a=`\uFFFD`}', 5],
    ['white space that Prometheus does not know', 'up\u00A0or up', 2],
    ['half a surrogate pair', 'up{a="\uD800"}', 0],
  ])('%s', (_, query, offset) => {
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({ name: 'PromqlSyntaxError', position: expect.objectContaining({ offset }) }),
    )
  })
})

it.each([
  ['', 1, 1],
  ['# nothing', 1, 10],
  ['sum(', 1, 5],
  ['sum(up))', 1, 8],
  ['up\nor\nup{a=b}', 3, 6],
  ['up up', 1, 4],
  ['up{a="b"', 1, 9],
  ['up{"a" or "b"}', 1, 8],
  ['nosuchfunction(up)', 1, 15],
  ['up[5m::1m]', 1, 7],
  ['up{} offset 5m offset 5m', 1, 1],
  ['up[5m:][5m]', 1, 1],
  ['up[5m][5m]', 1, 1],
  ['up @ 5 @ 6', 1, 1],
  ['(up) offset 5m', 1, 1],
  ['sum(up) @ end()', 1, 1],
  ['up[0s]', 1, 4],
  ['up[-5m]', 1, 4],
  ['up[5m:0s]', 1, 7],
  ['1[5m]', 1, 1],
])('%j is rejected with the fault at line %d, column %d', (query, line, column) => {
  expect(() => parseQuery(query)).toThrow(PromqlSyntaxError)
  expect(() => parseQuery(query)).toThrow(
    expect.objectContaining({ position: expect.objectContaining({ line, column }) }),
  )
})

it.each([
  ['info(), because it reads series that the query does not name', 'info(up)'],
  ['info() with data labels', 'sum(rate(up[5m])) + info(rate(up[5m]), {build="x"})'],
  ['a computed range', 'up[5m * 2]'],
  ['a range of one step', 'up[step()]'],
  ['a computed offset', 'up offset (5m + 1m)'],
  ['a computed step', 'up[5m:1m + 1m]'],
  ['an infinite range', 'up[Inf]'],
  ['a number that Go reads as octal', 'up @ 010'],
  ['a time that is not a number', 'up @ NaN'],
  ['an @ that Prometheus ignores', 'topk(scalar(sum(up @ end())), up)'],
  ['anchored', 'rate(up[5m] anchored)'],
  ['smoothed', 'up smoothed'],
])('not supported: %s', (_, query) => {
  expect(() => parseQuery(query)).toThrow(PromqlUnsupported)
})

describe('size', () => {
  it('a query of the maximum size is accepted, one byte more is not', () => {
    const query = (bytes: number) => `up{a="é${'x'.repeat(bytes - 10)}"}`
    expect(Buffer.byteLength(query(queryBytesMax))).toBe(queryBytesMax)
    expect(parseQuery(query(queryBytesMax)).selectors).toHaveLength(1)
    expect(() => parseQuery(query(queryBytesMax + 1))).toThrow(PromqlUnsupported)
  })

  it('the maximum number of selectors is accepted and pinned, one more is not', () => {
    const query = (selectors: number) => `label_join(${Array(selectors).fill('up').join()})`
    expect(pinLabel(parseQuery(query(selectorsMax)), 'tenant', 'a').match(/up\{tenant="a"\}/g)).toHaveLength(
      selectorsMax,
    )
    expect(() => parseQuery(query(selectorsMax + 1))).toThrow(PromqlUnsupported)
  })

  const long = `up{a="${'x'.repeat(300)}"}`
  it.each([
    ['parentheses', (levels: number) => `${'('.repeat(levels)}${long}${')'.repeat(levels)}`],
    ['powers', (levels: number) => `${long}${' ^ up{}'.repeat(levels)}`],
    ['signs', (levels: number) => `${'-'.repeat(levels)}${long}`],
    ['subqueries', (levels: number) => `${long}${'[5m:1m]'.repeat(levels)}`],
    ['calls', (levels: number) => `${'abs('.repeat(levels / 2)}${long}${')'.repeat(levels / 2)}`],
  ])('%s nest up to the limit, and no deeper', (_, query) => {
    const pinned = pinLabel(parseQuery(query(nestingMax)), 'tenant', 'a')
    expect(pinned.split('tenant="a"')).toHaveLength(query(nestingMax).split('up{').length)
    expect(() => parseQuery(query(nestingMax + 2))).toThrow(PromqlUnsupported)
  })

  it('a chain of 300 operators is accepted, and a longer one than the grammar can read is refused', () => {
    const chain = (operators: number) => `up{a="b"}${' or up{a="b"}'.repeat(operators)}`
    expect(parseQuery(chain(300)).selectors).toHaveLength(301)
    expect(() => parseQuery(chain(600))).toThrow(/a syntax error, or a chain of too many operators, before "up/)
  })

  it('a metric named offset is accepted up to 4 times', () => {
    const query = (times: number) => Array(times).fill('offset').join(' + ')
    expect(parseQuery(query(4)).selectors).toHaveLength(4)
    expect(() => parseQuery(query(5))).toThrow(PromqlSyntaxError)
    expect(() => parseQuery('up offset offset')).toThrow(PromqlSyntaxError)
  })

  it.each([
    '(',
    '-',
    'sum(',
    'abs((',
    '{',
    '[',
    '"',
    "'",
    '`',
    '#',
    '\\',
    'up[1m:',
    'a or ',
    'a^',
    'or ',
    'up{a="b",',
    'sum by (a) ',
    'a[1m:]+',
    'a offset 1+',
  ])('64 KiB of %j are rejected quickly, without deep recursion', (piece) => {
    expect(() => parseQuery(piece.repeat(queryBytesMax / piece.length))).toThrow(/ at line 1, column \d+ of the query$/)
  })
})

it.each([
  ['up == 1', ['==']],
  ['sum(up > 0) < bool 3 or up <= 2', ['<=', '>']],
  ['up != on (job) b and a >= b or a < b', ['!=', '>=', '<']],
  ['up == bool 1 unless up > bool on (job) b', []],
  ['up{a="b",c!="d",e=~"f"} * 2', []],
])('the comparisons of %j that drop series are found', (query, filters) => {
  const found = parseQuery(query).filters.map(({ from, to }) => query.slice(from, to))
  expect(found.sort()).toEqual(filters.sort())
})
