import { distinctSeries } from '@tickwatch/policy'
import { encodeSeriesLabels, WriteRequestReader, WriteRequestWriter } from '@tickwatch/remote-write'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeriesTable, seriesState } from './seriesTable.ts'

/** The labels of a numbered series. The label block contains the number. */
const labelsOf = (id: number) => ({ block: Uint8Array.of(id >> 8, id & 0xff), addedStart: 0, addedEnd: 0 })
const matcher = {
  labelsMatch: (series: number, { block }: { block: Uint8Array }) =>
    ((block[0] as number) << 8) + (block[1] as number) === series,
}

describe('the series table', () => {
  it('gives the same sketch of its unrefused series in every process, although the hashes of processes differ', () => {
    const tableOf = (hash: (id: number) => number) => {
      const table = new SeriesTable()
      for (let id = 0; id < 300; id++) table.insert(hash(id), labelsOf(id), 0)
      for (let id = 0; id < 100; id++) table.remove(table.find(hash(id), matcher, id))
      return table
    }
    const one = tableOf((id) => id)
    const other = tableOf((id) => id * 7_919 + 13)
    expect(one.sketch()).toBe(other.sketch())
    expect(Math.round(distinctSeries([one.sketch()]))).toBeGreaterThan(186)
    expect(Math.round(distinctSeries([one.sketch()]))).toBeLessThan(214)
    for (let entry = 0; entry < 200; entry++) other.judge(entry, seriesState.refused, null, 1)
    expect(distinctSeries([other.sketch()])).toBe(0)
  })

  it('finds each series that was inserted and not removed, in any order, even if hashes are equal', () => {
    const step = fc.record({ id: fc.nat(200), act: fc.constantFrom('see', 'see', 'see', 'remove') })
    const hashes = fc.constantFrom(
      (id: number) => id % 7,
      (id: number) => id * 0x1_0000_0000,
      (id: number) => (id * 2_654_435_761) % 2 ** 53,
    )
    fc.assert(
      fc.property(hashes, fc.array(step, { maxLength: 400, size: 'max' }), (hash, steps) => {
        const table = new SeriesTable()
        const model = new Set<number>()
        for (const { id, act } of steps) {
          const entry = table.find(hash(id), matcher, id)
          expect(entry >= 0).toBe(model.has(id))
          if (act === 'remove' && entry >= 0) {
            table.remove(entry)
            model.delete(id)
          }
          if (act === 'see' && entry < 0) {
            table.insert(hash(id), labelsOf(id), 0)
            model.add(id)
          }
        }
        expect(table.size).toBe(model.size)
        expect(table.counts[seriesState.active]).toBe(model.size)
        for (const id of model) expect(table.find(hash(id), matcher, id)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('counts series by state', () => {
    const table = new SeriesTable()
    for (let id = 0; id < 3; id++) table.insert(id, labelsOf(id), 0)
    table.judge(0, seriesState.refused, { reason: 'label-name', detail: '', limit: '', remedy: '' }, 1)
    table.judge(1, seriesState.overLimit, null, 1)
    expect(table.counts).toEqual([1, 1, 1])
    table.judge(0, seriesState.active, null, 2)
    expect(table.counts).toEqual([2, 0, 1])
    table.remove(1)
    expect(table.counts).toEqual([2, 0, 0])
  })

  it('forgets series not seen since a time, and checks at most its budget in one sweep', () => {
    const table = new SeriesTable()
    for (let id = 0; id < 1_000; id++) table.insert(id, labelsOf(id), 100)
    for (let id = 0; id < 1_000; id += 2) table.seen(table.find(id, matcher, id), 200)
    table.sweep(150, 100)
    expect(table.size).toBeGreaterThanOrEqual(900)
    for (let i = 0; i < 30; i++) table.sweep(150, 100)
    expect(table.size).toBe(500)
    for (let id = 0; id < 1_000; id++) expect(table.find(id, matcher, id) >= 0).toBe(id % 2 === 0)
  })

  it('distinguishes two real series with the same hash by their labels', () => {
    const writer = new WriteRequestWriter()
    const reader = new WriteRequestReader()
    writer.begin()
    for (const shard of ['a', 'b']) {
      writer.beginSeries(['__name__', 'up', 'shard_id', shard])
      writer.sample(1, 1)
      writer.endSeries()
    }
    reader.parse(writer.finish(), 1)
    const table = new SeriesTable()
    const sameHash = 42
    table.insert(sameHash, encodeSeriesLabels(reader.labels(0), 'tenant', 'acme'), 0)
    expect(table.find(sameHash, reader, 0)).toBe(0)
    expect(table.find(sameHash, reader, 1)).toBe(-1)
  })
})
