import { describe, expect, it } from 'vitest'
import { beginEdit, linesOf, onTopOf, readEdit, readLines } from './envelope.ts'

const envelope = { 'ingest.samplesPerSecond': { min: 1_000, max: 80_000 } }
const limit = 'ingest.samplesPerSecond'

describe('the envelope editor', () => {
  it('returns the envelope with which it was opened', () => {
    expect(readLines(linesOf(envelope))).toEqual({ envelope, faults: {} })
  })

  it('drops the range of a limit that the tenant may no longer set', () => {
    const lines = { ...linesOf(envelope), [limit]: { own: false, min: '1,000', max: '80,000' } }
    expect(readLines(lines).envelope).toEqual({})
  })

  it('is applied over another person’s change, limit by limit', () => {
    const series = { 'series.activeMax': { min: 1, max: 5 } }
    expect(onTopOf({ ...envelope, ...series }, envelope, {})).toEqual(series)
    const wider = { [limit]: { min: 1_000, max: 90_000 } }
    expect(onTopOf({ ...series, [limit]: { min: 1, max: 2 } }, envelope, wider)).toEqual({ ...series, ...wider })
  })

  it('reads numbers as people write them', () => {
    const lines = { ...linesOf({}), [limit]: { own: true, min: '1k', max: '0.08 M' } }
    expect(readLines(lines)).toEqual({ envelope, faults: {} })
  })

  it.each([
    ['', '5', { min: 'Enter a number from 1 to 1,600,000 samples/s.', max: null }],
    ['10', '5', { min: 'The minimum is above the maximum.', max: true }],
    [
      '12.5',
      '2M',
      { min: '12.5 is not a whole number.', max: '2,000,000 is too high: enter 1 to 1,600,000 samples/s.' },
    ],
  ])('says in its field what is wrong with “%s” to “%s”', (min, max, fault) => {
    expect(readLines({ ...linesOf({}), [limit]: { own: true, min, max } }).faults).toEqual({ [limit]: fault })
  })
})

describe('an edit of an envelope', () => {
  const series = { 'series.activeMax': { min: 1, max: 5 } }
  const wider = { [limit]: { min: 1_000, max: 90_000 } }
  const edit = { base: envelope, lines: linesOf(wider), reason: '' }

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
    const wrong = { ...edit, lines: { ...edit.lines, [limit]: { own: true, min: '10', max: '5' } } }
    expect(readEdit(wrong, { ...envelope, ...series }).lines).toBe(wrong.lines)
  })
})
