import { describe, expect, it } from 'vitest'
import { incidentsInput, numberOf } from './inputs.ts'
import { beginningOfNote, type Event, eventWords, openSentence, stateWords, withoutAlerts } from './words.ts'

describe('an incident in words', () => {
  it.each<[Parameters<typeof stateWords>[0], string, string]>([
    [{ state: 'open', blind: false, severity: 'page' }, 'bad', 'open, pages'],
    [{ state: 'open', blind: true, severity: 'page' }, 'warning', 'open, blind'],
    [{ state: 'reopened', blind: false, severity: 'ticket' }, 'warning', 'reopened'],
    [{ state: 'acknowledged', blind: false, severity: 'page' }, 'warning', 'acknowledged, pages'],
    [{ state: 'resolved', blind: false, severity: 'page' }, 'good', 'resolved'],
  ])('%j', (incident, kind, text) => {
    expect(stateWords(incident)).toEqual({ kind, text })
  })

  const page = { severity: 'page', state: 'open' } as const
  const taken = { severity: 'page', state: 'acknowledged' } as const
  it.each<[Parameters<typeof openSentence>[0], boolean, string]>([
    [[], false, 'No incident is open.'],
    [[taken], false, '1 incident is open. No page waits for somebody who acknowledges it.'],
    [[page], false, '1 incident is open. It pages, and nobody has acknowledged it.'],
    [[page, page, taken], true, '3 or more incidents are open. 2 of them page, and nobody has acknowledged them.'],
  ])('the sentence above the list: %#', (open, more, sentence) => {
    expect(openSentence(open, more)).toBe(sentence)
  })

  const event: Event = {
    ...{ id: 1, episode: 1, at: '2026-11-29T12:00:00.000Z', kind: 'alertFired', tenantId: 'acme' },
    alert: { name: 'SloBurnPage', severity: 'page', labels: {}, startsAt: '2026-11-29T12:00:00.000Z' },
  }
  it('an event names its alert and tenant, and alerts can be left out', () => {
    expect(eventWords(event)).toBe('An alert began to fire: SloBurnPage of acme')
    const opened: Event = { ...event, kind: 'opened', alert: null, tenantId: null }
    expect(eventWords(opened)).toBe('The incident opened')
    expect(withoutAlerts([event, opened])).toEqual([opened])
  })
})

it('the URL says which incidents are shown', () => {
  const get = (url: string) => (key: string) => new URLSearchParams(url).get(key)
  expect(incidentsInput(get(''))).toEqual({ state: 'open', cursor: null, pageSize: 50 })
  expect(incidentsInput(get('show=resolved&cursor=x'))).toMatchObject({ state: 'resolved', cursor: 'x' })
  expect(['7', '0', '-1', 'x', '99999999999'].map(numberOf)).toEqual([7, 0, 0, 0, 0])
})

it.each([
  ['a note of few lines as it is', 'a\nb', 'a\nb'],
  ['twelve lines of more', Array(13).fill('a').join('\n'), `${Array(12).fill('a').join('\n')}\n\n…`],
  [
    'whole words of a long line',
    `${'word '.repeat(199)}sixteen letters ${'x'.repeat(9)}`,
    `${'word '.repeat(199).trimEnd()}\n\n…`,
  ],
  ['a part of a long word', 'x'.repeat(1_001), `${'x'.repeat(1_000)}\n\n…`],
])('shows at first %s', (_what, text, shown) => expect(beginningOfNote(text)).toBe(shown))
