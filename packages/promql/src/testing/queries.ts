import fc from 'fast-check'

/** The tenant to which {@link generatedQuery} is pinned, and its matcher. */
export const pinnedTenant = 'aurora'
export const pinMatcher = `tenant="${pinnedTenant}"`

/** A piece of a query, as a person writes it and with the pin. */
export type GeneratedQuery = { source: string; pinned: string }

const same = (text: string): GeneratedQuery => ({ source: text, pinned: text })

type Part = fc.Arbitrary<GeneratedQuery>

/** Builds a piece from a template of pieces. */
function piece(texts: TemplateStringsArray, ...parts: Part[]): Part {
  return fc.tuple(...parts).map((values) => ({
    source: texts.map((text, i) => text + (values[i]?.source ?? '')).join(''),
    pinned: texts.map((text, i) => text + (values[i]?.pinned ?? '')).join(''),
  }))
}
const oneOf = (...texts: string[]): Part => fc.constantFrom(...texts).map(same)

const nasty = ['up{tenant="b"}', '} or up{', '{', '}', '#', '"', "'", '\\', '(', ')', ',', ' or up', '[5m]', '💥é', '']
/** Any text without U+FFFD, which Prometheus rejects. */
const anyText = fc
  .oneof(fc.constantFrom(...nasty), fc.string({ unit: 'grapheme', maxLength: 8 }))
  .map((text) => text.replaceAll('\uFFFD', '?'))

const comment: Part = anyText.map((text) => {
  const line = `# ${text.replaceAll(/[\r\n]/g, ' ')}`
  return { source: `${line}\n`, pinned: '\n' }
})
const gap: Part = fc.oneof(
  { weight: 4, arbitrary: oneOf(' ', '\n', '\t', ' \r\n ') },
  { weight: 1, arbitrary: comment },
)
const maybeGap: Part = fc.oneof({ weight: 3, arbitrary: oneOf('') }, { weight: 1, arbitrary: gap })

const quoted: Part = fc.tuple(anyText, fc.constantFrom('"', "'", '`')).map(([text, quote]) => {
  if (quote === '`') return same(`\`${text.replaceAll('`', "'")}\``)
  const inner = JSON.stringify(text).slice(1, -1)
  return same(quote === '"' ? `"${inner}"` : `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`)
})

const label = oneOf('job', 'tenant', 'by', 'offset', 'le', 'sum', 'on')
const matcher: Part = fc.oneof(
  piece`${label}${maybeGap}${oneOf('=', '!=')}${maybeGap}${quoted}`,
  piece`${label}${oneOf('=~', '!~')}${oneOf('"a|b"', "'.*'", '`[^{]+`', '".+"')}`,
)
const metricNames = [
  'up',
  'requests_total',
  'a:b',
  'sum',
  'by',
  'or',
  'and',
  'start',
  'end',
  'rate',
  'info',
  'group',
  '_',
]
const metricName = oneOf(...metricNames)

const pin: Part = fc.constant({ source: '', pinned: pinMatcher })
const pinBefore: Part = fc.constant({ source: '', pinned: `${pinMatcher},` })

const selector: Part = fc.oneof(
  piece`${metricName}${fc.constant({ source: '', pinned: `{${pinMatcher}}` })}`,
  piece`${metricName}${maybeGap}{${pin}${maybeGap}}`,
  piece`${metricName}${maybeGap}{${pinBefore}${maybeGap}${matcher}${maybeGap}}`,
  piece`{${pinBefore}${oneOf('__name__=~"up|requests_total"')},${maybeGap}${matcher}${oneOf(',', '')}${maybeGap}}`,
)

const duration = oneOf('5m', '1h30m', '90s', '1d', '1500ms', '1w')
const modifiers: Part = fc.oneof(
  { weight: 4, arbitrary: oneOf('') },
  piece`${gap}offset${gap}${oneOf('', '-', '- ')}${duration}`,
  piece`${maybeGap}@${maybeGap}${oneOf('1700000000', 'start()', 'end()', '1.7e9')}`,
  piece`${gap}offset ${duration} @${maybeGap}end()`,
)
const labels: Part = fc.oneof(oneOf('', 'job', 'tenant, offset'), piece`${maybeGap}${label}${maybeGap},${gap}by`)

/** Expressions that return an instant vector, up to four levels deep. */
const vector = fc.letrec<{ vector: GeneratedQuery }>((tie) => {
  const inner = tie('vector')
  return {
    vector: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      piece`${selector}${modifiers}`,
      piece`${oneOf('rate', 'count_over_time', 'absent_over_time')}(${maybeGap}${selector}[${duration}]${modifiers})`,
      piece`${oneOf('max_over_time', 'last_over_time')}((${inner})[${duration}:${oneOf('', '1h', '10m')}]${modifiers})`,
      piece`(${maybeGap}${inner}${maybeGap})`,
      piece`-${maybeGap}(${inner})`,
      piece`${oneOf('sum', 'MAX', 'group')} ${oneOf('by', 'without')}${maybeGap}(${labels})${maybeGap}(${inner})`,
      piece`${oneOf('count', 'avg')}(${inner})${gap}by${gap}(${labels})`,
      piece`${oneOf('topk', 'quantile')}(scalar(${selector} offset 1h),${maybeGap}${inner})`,
      piece`count_values(${oneOf('"value"', "'tenant'")}, ${inner})`,
      piece`${inner}${gap}${oneOf('or', 'and', 'UNLESS')}${gap}${inner}`,
      piece`${inner}${gap}${oneOf('+', '/', '^', '> bool', '!=', 'atan2')}${gap}${oneOf('', 'on(job)', 'ignoring (le) group_left(tenant) ')}${gap}${inner}`,
      piece`${inner} *${gap}${oneOf('2', '0x1F', '1e3', 'Inf')}`,
      piece`label_replace(${inner},${gap}"tenant", "b", "job", "(.*)")`,
      piece`absent(${inner})`,
      piece`vector(${oneOf('1', 'time()')})`,
    ),
  }
}).vector

/** A query that Prometheus accepts, with unusual strings, comments, names and nesting. */
export const generatedQuery: fc.Arbitrary<GeneratedQuery> = piece`${maybeGap}${vector}${maybeGap}`
