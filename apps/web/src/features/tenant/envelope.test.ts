import { describe, expect, it } from 'vitest'
import { beginEdit, draftOf, onTopOf, readDraft, readEdit } from './envelope.ts'

const envelope = { 'ingest.samplesPerSecond': { min: 1_000, max: 80_000 } }
const limit = 'ingest.samplesPerSecond'

describe('the envelope editor', () => {
  it('gives back what it was opened on', () => {
    expect(readDraft(draftOf(envelope))).toEqual({ envelope, faults: {} })
  })

  it('drops the bounds of a limit that is given back to the platform', () => {
    const draft = { ...draftOf(envelope), [limit]: { own: false, min: 1_000, max: 80_000 } }
    expect(readDraft(draft).envelope).toEqual({})
  })

  it('goes on top of what someone else changed, limit by limit', () => {
    const series = { 'series.activeMax': { min: 1, max: 5 } }
    expect(onTopOf({ ...envelope, ...series }, envelope, {})).toEqual(series)
    const wider = { [limit]: { min: 1_000, max: 90_000 } }
    expect(onTopOf({ ...series, [limit]: { min: 1, max: 2 } }, envelope, wider)).toEqual({ ...series, ...wider })
  })

  it.each([
    [{ own: true, min: null, max: 5 }, 'Give both the least and the most.'],
    [{ own: true, min: 10, max: 5 }, 'The least is more than the most.'],
    [{ own: true, min: 1, max: 2_000_000 }, 'The platform carries 1 to 1,600,000 samples/s.'],
  ])('says what is wrong with %o', (line, fault) => {
    expect(readDraft({ ...draftOf({}), [limit]: line }).faults[limit]).toBe(fault)
  })
})

describe('an edit of an envelope', () => {
  const series = { 'series.activeMax': { min: 1, max: 5 } }
  const wider = { [limit]: { min: 1_000, max: 90_000 } }
  const edit = { base: envelope, lines: draftOf(wider), tried: true }

  it('is sent as it was entered while no one else changed anything', () => {
    expect(readEdit(edit, envelope)).toMatchObject({ changed: [limit], theirs: [], next: wider, inForce: false })
  })

  it('leaves alone what another admin changed meanwhile', () => {
    const read = readEdit(edit, { ...envelope, ...series })
    expect(read).toMatchObject({ theirs: ['series.activeMax'], next: { ...wider, ...series }, inForce: false })
  })

  it('is over as soon as it is in force', () => {
    expect(readEdit(edit, { ...wider, ...series })).toMatchObject(beginEdit({ ...wider, ...series }))
    expect(readEdit(edit, { ...wider, ...series })).toMatchObject({ changed: [], theirs: [] })
  })

  it('stays while a field is wrong, whatever another admin set', () => {
    const wrong = { ...edit, lines: { ...edit.lines, [limit]: { own: true, min: 10, max: 5 } } }
    expect(readEdit(wrong, { ...envelope, ...series }).lines).toBe(wrong.lines)
  })
})
