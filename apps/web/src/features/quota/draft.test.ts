import { afterEach, describe, expect, it, vi } from 'vitest'
import { dropDraft, keepDraft, parseDraft, readDraft } from '../../lib/draft.ts'
import { boostSecondsOf, draftName, draftOf, endFault, endsAtOf } from './draft.ts'
import { type Draft, draftSchema } from './draftSchema.ts'
import { editHref, readEditState, revertPatch } from './editLink.ts'

const now = Date.parse('2026-11-23T17:00:00.000Z')

describe('a draft', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('is not shown to the next person in the same tab', () => {
    const kept = new Map<string, string>()
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => kept.set(key, text),
      removeItem: (key: string) => kept.delete(key),
    }
    vi.stubGlobal('window', { sessionStorage })
    const name = draftName('acme', 'ingest.samplesPerSecond')
    const draft: Draft = { typed: { 'ingest.samplesPerSecond': '80k' }, reason: 'launch', end: { kind: 'stays' } }
    keepDraft('ada', name, draft)
    expect(readDraft('bob', name, draftSchema)).toBeNull()
    dropDraft('bob', name)
    expect(readDraft('ada', name, draftSchema)).toEqual(draft)
  })

  it.each([
    [{ endsAt: null, boostSeconds: null }, { kind: 'stays' }],
    [
      { endsAt: null, boostSeconds: 3_600 },
      { kind: 'hours', hours: 1 },
    ],
    [
      { endsAt: '2026-11-24T17:00:00.000Z', boostSeconds: null },
      { kind: 'until', at: '2026-11-24T17:00:00.000Z' },
    ],
  ])('of a request that is asked again has its values, its reason and its end: %o', (ends, end) => {
    const changes = [{ limit: 'ingest.samplesPerSecond' as const, from: 5_000, to: 18_000 }]
    const draft = draftOf({ changes, reason: 'Wanted for a launch', ...ends })
    expect(draft).toEqual({ typed: { 'ingest.samplesPerSecond': '18,000' }, reason: 'Wanted for a launch', end })
    expect(parseDraft(JSON.stringify(draft), draftSchema)).toEqual(draft)
  })

  it('is restored as it was entered', () => {
    const draft = { typed: { 'ingest.samplesPerSecond': '12.5' }, reason: 'launch', end: { kind: 'hours', hours: 6 } }
    expect(parseDraft(JSON.stringify(draft), draftSchema)).toEqual(draft)
  })

  it('of another version of the portal is ignored', () => {
    expect(parseDraft('not JSON', draftSchema)).toBeNull()
    expect(parseDraft('{"wanted":{},"reason":"","end":{"kind":"stays"}}', draftSchema)).toBeNull()
    expect(parseDraft('{"typed":{"gone.limit":"3"},"reason":"","end":{"kind":"stays"}}', draftSchema)).toBeNull()
  })
})

describe('the end of a boost', () => {
  it('is a time', () => {
    expect(endsAtOf({ kind: 'stays' }, now)).toBeNull()
    expect(endsAtOf({ kind: 'hours', hours: 6 }, now)).toBe('2026-11-23T23:00:00.000Z')
    expect(endsAtOf({ kind: 'until', at: '2026-11-23T18:30:00+01:00' }, now)).toBe('2026-11-23T17:30:00.000Z')
    expect(endsAtOf({ kind: 'until', at: '' }, now)).toBeNull()
  })

  it('of some hours counts from when the change applies', () => {
    expect(boostSecondsOf({ kind: 'hours', hours: 6 })).toBe(21_600)
    expect(boostSecondsOf({ kind: 'until', at: '2026-11-23T18:30:00+01:00' })).toBeNull()
  })

  it('must be in the future', () => {
    expect(endFault({ kind: 'until', at: '' }, now)).toBe('Choose a date and a time.')
    expect(endFault({ kind: 'until', at: '2026-11-23T17:00:00Z' }, now)).toBe('Choose a time in the future.')
    expect(endFault({ kind: 'until', at: '2026-11-23T17:00:01Z' }, now)).toBeNull()
  })
})

describe('a link to the editor', () => {
  const read = (query: string) => {
    const params = new URLSearchParams(query)
    return readEditState((key) => params.get(key))
  }
  it('names what is edited', () => {
    expect(read('edit=ingest.samplesPerSecond')).toEqual({
      limits: ['ingest.samplesPerSecond'],
      values: [null],
      revertOf: null,
    })
    expect(read('edit=nonsense')).toBeNull()
    expect(read('')).toBeNull()
  })

  it('opens the Quotas page from any other page', () => {
    const patch = revertPatch(5, [{ limit: 'ingest.samplesPerSecond', from: 2_500, to: 4_000 }])
    expect(editHref('acme', patch)).toBe('/t/acme/quotas?edit=ingest.samplesPerSecond&to=2500&revert=5')
  })

  it('has the values from before the change that is reverted', () => {
    const patch = revertPatch(12, [
      { limit: 'ingest.samplesPerSecond', from: 50_000, to: 80_000 },
      { limit: 'series.activeMax', from: 1_000, to: 2_000 },
    ])
    const params = new URLSearchParams(Object.entries(patch).map(([k, v]) => [k, v ?? '']))
    expect(read(params.toString())).toEqual({
      limits: ['ingest.samplesPerSecond', 'series.activeMax'],
      values: [50_000, 1_000],
      revertOf: 12,
    })
  })
})
