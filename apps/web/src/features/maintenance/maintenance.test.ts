import { describe, expect, it } from 'vitest'
import { aboutWords, currentSentence, groupKeyOf, lateWords, previewSentences, readTexts } from './maintenance.ts'

it.each([
  [{ sloId: null, title: null, labels: null }, 'all SLOs'],
  [{ sloId: 'freshness', title: 'Graphs are current', labels: null }, 'Graphs are current'],
  [{ sloId: 'freshness', title: 'Graphs are current', labels: { tenant_id: 'acme' } }, 'Graphs are current: acme'],
  [{ sloId: 'gone', title: null, labels: { zone: 'a', tenant_id: 'acme' } }, 'gone: zone a, tenant_id acme'],
])('a window is of %o', (window, words) => {
  expect(aboutWords(window)).toBe(words)
})

it('says how late a window was approved', () => {
  expect(lateWords({ approvedLateSeconds: 0 })).toBe('')
  expect(lateWords({ approvedLateSeconds: 720 })).toBe('approved 12 min after it began')
})

it.each([
  [[], [], 'No window holds now.'],
  [['holds'], [], '1 window holds now.'],
  [['holds', 'holds', 'coming'], ['r'], '2 windows hold now, 1 is coming, 1 waits for an approval.'],
  [['coming', 'coming'], ['r', 's'], 'No window holds now, 2 are coming, 2 wait for an approval.'],
])('counts windows that are %o and requests %o', (states, requests, sentence) => {
  const current = { windows: states.map((state) => ({ state })), requests } as never
  expect(currentSentence(current, true)).toBe(sentence)
  expect(currentSentence(current, false)).toBe(sentence.replace('No window', 'No window that you may see'))
})

describe('the drawer', () => {
  const typed = { sloId: 'freshness', labels: {}, startMs: 0, endMs: 3_600_000, reason: 'an upgrade' }
  const times = { startsAt: '1970-01-01T00:00:00.000Z', endsAt: '1970-01-01T01:00:00.000Z' }
  it.each([
    ['every SLO', { ...typed, sloId: '' }, [], { sloId: null, group: null, ...times }],
    ['an SLO', typed, ['tenant_id'], { sloId: 'freshness', group: null, ...times }],
    [
      'a group',
      { ...typed, labels: { tenant_id: ' acme ', zone: 'a' } },
      ['zone', 'tenant_id'],
      { sloId: 'freshness', group: '[["tenant_id","acme"],["zone","a"]]', ...times },
    ],
    [
      'labels of another SLO that was chosen before',
      { ...typed, labels: { zone: 'a' } },
      [],
      { sloId: 'freshness', group: null, ...times },
    ],
  ])('reads %s', (_what, texts, groupBy, window) => {
    expect(readTexts(texts, groupBy).window).toEqual(window)
  })
  it.each([
    ['labels', { ...typed, labels: { zone: 'a' } }, 'Fill in all of these, or none.'],
    ['start', { ...typed, startMs: Number.NaN }, 'Enter a time.'],
    ['end', { ...typed, endMs: Number.NaN }, 'Enter a time.'],
    ['end', { ...typed, endMs: 0 }, 'Enter a time after the beginning.'],
  ] as const)('says what is wrong with the %s', (field, texts, fault) => {
    const read = readTexts(texts, ['zone', 'tenant_id'])
    expect(read.faults[field]).toBe(fault)
    expect(read.window).toBeNull()
  })
  it('writes the key of a group as the API does', () => {
    expect(groupKeyOf({ b: '1', a: '2' })).toBe('[["a","2"],["b","1"]]')
  })
})

describe('the preview', () => {
  const slo = { sloId: 's', title: 'Writes are accepted', objective: 0.999, bad: 340, total: 1_700 }
  const whole = { ...slo, leftRatio: 0.125, leftRatioThen: 1 }
  const of = (slos: (typeof whole)[], missing: string | null = null) => ({ slos, asOf: null, missing })
  it('says what does not count any more, and what is left of the budget', () => {
    expect(previewSentences(of([whole]), false)).toEqual([
      {
        title: 'Writes are accepted',
        sentence: '1,700 events, 340 of them bad, do not count any more. Budget left: 12 % → 100 %.',
      },
    ])
  })
  it('names the SLOs with the most bad events', () => {
    const slos = Array.from({ length: 10 }, (_, i) => ({ ...whole, title: `S${i}`, bad: i }))
    const sentences = previewSentences(of(slos), false)
    expect(sentences[0]?.title).toBe('S9')
    expect(sentences).toHaveLength(9)
    expect(sentences.at(-1)).toEqual({ title: null, sentence: 'And 2 more SLOs.' })
  })
  it.each([
    ['the future', of([]), true, 'It lies in the future, so nothing that was counted changes.'],
    ['a quiet time', of([{ ...whole, bad: 0, total: 0 }]), false, 'Nothing was counted in it so far.'],
    ['figures that are not known', of([], 'Figures are missing.'), false, 'Figures are missing.'],
  ])('says of %s', (_what, preview, isFuture, sentence) => {
    expect(previewSentences(preview, isFuture)).toEqual([{ title: null, sentence }])
  })
})
