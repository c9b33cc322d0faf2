import { describe, expect, it } from 'vitest'
import { draftOf, onTopOf, readDraft } from './envelope.ts'

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
