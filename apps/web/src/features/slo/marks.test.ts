import { describe, expect, it } from 'vitest'
import { bandsOf, type Marks, markersOf, marksOf, marksSentence } from './marks.ts'

const at = (minute: number) => `2026-11-29T12:${String(minute).padStart(2, '0')}:00.000Z`
const incident = { number: 7, title: '“Graphs are current” burns', severity: 'page' as const, path: '/incidents/7' }
const change = {
  ...{ id: 'quota/acme/3', at: at(5), title: 'Mara lowered limits of acme', by: 'Mara', reason: 'a test' },
  path: '/t/acme/quotas',
}
const data: Marks = {
  of: 'all',
  incidents: [
    {
      ...incident,
      spans: [
        { from: at(1), to: at(3) },
        { from: at(9), to: null },
      ],
    },
  ],
  changes: [change],
  changesSince: null,
}
const marks = marksOf(data)

describe('what the charts of an SLO mark', () => {
  it('is each time that an incident was not resolved, and each change, the newest first', () => {
    expect(marks.map(({ words, ended, path }) => [words, ended, path])).toEqual([
      ['Incident 7: “Graphs are current” burns', 'open', '/incidents/7'],
      ['Mara lowered limits of acme', null, '/t/acme/quotas'],
      ['Incident 7: “Graphs are current” burns', Date.parse(at(3)), '/incidents/7'],
    ])
  })

  it('is a marker for each, which names a change with its reason', () => {
    expect(markersOf(marks).map(({ change: words, isIncident }) => [words, isIncident])).toEqual([
      ['Incident 7: “Graphs are current” burns', true],
      ['Mara lowered limits of acme: a test', undefined],
      ['Incident 7: “Graphs are current” burns', true],
    ])
    expect(new Set(markersOf(marks).map(({ id }) => id)).size).toBe(3)
  })

  it('is a band for each time of an incident; one that is not resolved goes on', () => {
    expect(bandsOf(marks)).toEqual([
      { fromMs: Date.parse(at(9)), toMs: Number.MAX_SAFE_INTEGER },
      { fromMs: Date.parse(at(1)), toMs: Date.parse(at(3)) },
    ])
  })
})

it.each([
  [data, '1 incident and 1 change in the last hour.'],
  [{ ...data, of: 'own' as const, changes: [] }, /^1 incident and 0 changes in the last hour\. Of your tenants only: /],
  [{ ...data, changesSince: at(4) }, /There are more changes: those before 29 Nov 2026.* are not marked\.$/],
  [{ ...data, of: 'none' as const }, /You may see none of them, because they name tenants\.$/],
])('the sentence says what is marked, whose it is, and what is left out', (shown, words) => {
  expect(marksSentence(shown, 'in the last hour', 'UTC')).toMatch(words)
})
