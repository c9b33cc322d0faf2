import { createRequire } from 'node:module'
import { LanguageType, promQLLanguage } from '@prometheus-io/codemirror-promql'
import { describe, expect, it } from 'vitest'
import { completePromql, type PromqlKind } from './promqlCompletion.ts'

// Node loads the CommonJS form of the library, and an import would load another CodeMirror beside that form's.
const require = createRequire(import.meta.url)
const { EditorState }: typeof import('@codemirror/state') = require('@codemirror/state')
const { ensureSyntaxTree }: typeof import('@codemirror/language') = require('@codemirror/language')
const { CompletionContext }: typeof import('@codemirror/autocomplete') = require('@codemirror/autocomplete')

const names = {
  metricNames: async () => ['up', 'reads_total'],
  labelNames: async (metric?: string) => (metric ? ['code', 'zone'] : ['any']),
  labelValues: async (label: string, metric?: string) => [`${label} of ${metric}`, '5"0'],
  metricMetadata: async () => ({}),
  series: async () => [],
  flags: async () => ({}),
}

/** What is offered at `|`, and the text after the first option that begins with what is typed is chosen. */
async function offeredAt(kind: PromqlKind, marked: string) {
  const at = marked.indexOf('|')
  const doc = marked.replace('|', '')
  const state = EditorState.create({ doc, extensions: [promQLLanguage(LanguageType.PromQL)] })
  ensureSyntaxTree(state, doc.length, 10_000)
  const found = await completePromql(kind, names, new CompletionContext(state.update({}).state, at, true))
  const { from = at, to = at, options = [] } = found ?? {}
  const first = options.find(({ label }) => label.startsWith(doc.slice(from, at)))
  return {
    labels: options.map(({ label }) => label),
    chosen: first ? `${doc.slice(0, from)}${first.apply ?? first.label}${doc.slice(to)}` : null,
  }
}

const metrics = ['up', 'reads_total']
const labels = ['code', 'zone']
const values = ['code of up', '5"0']

describe('in the field of a selector', () => {
  it.each([
    ['a metric, before anything is typed', '|', metrics, 'up'],
    ['a metric', 're|', metrics, 'reads_total'],
    ['the rest of a name', 're|ads', metrics, 'reads_total'],
    ['a label', 'up{|}', labels, 'up{code}'],
    ['a label that is begun', 'up{z|}', labels, 'up{zone}'],
    ['a label before others', 'up{|code="2"}', labels, 'up{codecode="2"}'],
    ['an operator', 'up{code=|}', ['=', '!=', '=~', '!~'], 'up{code=}'],
    ['a value', 'up{code="|"}', values, 'up{code="code of up"}'],
    ['a value with a quote', 'up{code="5|"}', values, String.raw`up{code="5\"0"}`],
    ['a value instead of another', 'up{code="5|xx"}', values, String.raw`up{code="5\"0"}`],
    ['a value without a closing quote', 'up{code="5|', values, String.raw`up{code="5\"0`],
  ])('%s is offered', async (_what, text, offered, chosen) => {
    expect(await offeredAt('selector', text)).toEqual({ labels: offered, chosen })
  })

  it.each([
    ['after a closed string', 'up{code="2"|}'],
    ['after the selector', 'up{}|'],
  ])('nothing is offered %s', async (_what, text) => {
    expect(await offeredAt('selector', text)).toEqual({ labels: [], chosen: null })
  })
})

describe('in the field of a condition', () => {
  it('functions, aggregations and metrics are offered, but not info()', async () => {
    const offered = await offeredAt('condition', 'sum(|)')
    expect(offered.labels).toEqual(expect.arrayContaining(['rate', 'histogram_quantile', 'sum', 'topk', 'up']))
    expect(offered.labels).not.toContain('info')
  })

  it.each([
    ['a function', 'rat|', 'rate'],
    ['a label instead of another', 'sum by (|any) (up)', 'sum by (code) (up)'],
    ['a label of the metric to group by', 'sum by (|) (up)', 'sum by (code) (up)'],
    ['a label to group by that is begun', 'sum by (a|) (up)', 'sum by (any) (up)'],
    ['a label to group by, without a closing bracket', 'sum by (|', 'sum by (any'],
    ['bool', 'up < boo|', 'up < bool'],
    ['a duration', 'rate(up[5|])', 'rate(up[5y])'],
  ])('%s is offered', async (_what, text, chosen) => expect((await offeredAt('condition', text)).chosen).toBe(chosen))
})
