import { describe, expect, it } from 'vitest'
import { beginEdit, draftOf, onTopOf, readDraft, readEdit } from './envelope.ts'

const envelope = { 'ingest.samplesPerSecond': { min: 1_000, max: 80_000 } }
const limit = 'ingest.samplesPerSecond'

describe('the envelope editor', () => {
  it('returns the envelope with which it was opened', () => {
    expect(readDraft(draftOf(envelope))).toEqual({ envelope, faults: {} })
  })

  it('drops the range of a limit that the tenant may no longer set', () => {
    const draft = { ...draftOf(envelope), [limit]: { own: false, min: 1_000, max: 80_000 } }
    expect(readDraft(draft).envelope).toEqual({})
  })

  it('is applied over another person’s change, limit by limit', () => {
    const series = { 'series.activeMax': { min: 1, max: 5 } }
    expect(onTopOf({ ...envelope, ...series }, envelope, {})).toEqual(series)
    const wider = { [limit]: { min: 1_000, max: 90_000 } }
    expect(onTopOf({ ...series, [limit]: { min: 1, max: 2 } }, envelope, wider)).toEqual({ ...series, ...wider })
  })

  it.each([
    [{ own: true, min: null, max: 5 }, 'Enter a minimum and a maximum.'],
    [{ own: true, min: 10, max: 5 }, 'The minimum is above the maximum.'],
    [{ own: true, min: 1, max: 2_000_000 }, 'Enter 1 to 1,600,000 samples/s.'],
  ])('says what is wrong with %o', (line, fault) => {
    expect(readDraft({ ...draftOf({}), [limit]: line }).faults[limit]).toBe(fault)
  })
})

describe('an edit of an envelope', () => {
  const series = { 'series.activeMax': { min: 1, max: 5 } }
  const wider = { [limit]: { min: 1_000, max: 90_000 } }
  const edit = { base: envelope, lines: draftOf(wider), tried: true }

  it('is sent as it was entered if nobody else changed anything', () => {
    expect(readEdit(edit, envelope)).toMatchObject({ changed: [limit], theirs: [], next: wider, inForce: false })
  })

  it('keeps what another admin changed meanwhile', () => {
    const read = readEdit(edit, { ...envelope, ...series })
    expect(read).toMatchObject({ theirs: ['series.activeMax'], next: { ...wider, ...series }, inForce: false })
  })

  it('ends when its envelope is in force', () => {
    expect(readEdit(edit, { ...wider, ...series })).toMatchObject(beginEdit({ ...wider, ...series }))
    expect(readEdit(edit, { ...wider, ...series })).toMatchObject({ changed: [], theirs: [] })
  })

  it('stays while a field is wrong, whatever another admin set', () => {
    const wrong = { ...edit, lines: { ...edit.lines, [limit]: { own: true, min: 10, max: 5 } } }
    expect(readEdit(wrong, { ...envelope, ...series }).lines).toBe(wrong.lines)
  })
})
