import { type SeriesRefusal, seriesSketchKey, seriesSketchOf } from '@tickwatch/policy'
import type { SeriesLabels } from '@tickwatch/remote-write'

/** A series is accepted, refused because of its labels, or valid but over the active-series limit. */
export const seriesState = { active: 0, refused: 1, overLimit: 2 } as const
export type SeriesState = (typeof seriesState)[keyof typeof seriesState]

/** Series remembered per state other than active, to bound the memory. Others are judged at every request. */
export const refusedSeriesMax = 10_000

/** The part of a parsed request that the table uses: are the labels of this series equal to those, byte for byte? */
export type LabelsMatcher = { labelsMatch(series: number, labels: SeriesLabels): boolean }

const noEntry = -1

/**
 * The series that a tenant sent recently, each judged once. Entries are dense columns: an entry is an index, so that
 * the sweep can visit a few at a time. An open-addressing index finds entries by the labels' hash, and then compares
 * the labels' bytes. An entry number is valid until the next insert, remove or sweep.
 */
export class SeriesTable {
  /** Entries by state. */
  readonly counts: [active: number, refused: number, overLimit: number] = [0, 0, 0]
  #size = 0
  #keys = new Float64Array(64)
  /** Hashes that all gateways share. {@link #keys} differ per process, so that nobody can choose colliding labels. */
  #sketchKeys = new Float64Array(64)
  #lastSeenS = new Float64Array(64)
  #epochs = new Uint32Array(64)
  #states = new Uint8Array(64)
  #labels: SeriesLabels[] = []
  #refusals: (SeriesRefusal | null)[] = []
  /** Entry + 1, or 0 for a free slot. The length is a power of two, and at most half of the slots are in use. */
  #slots = new Int32Array(128)
  #sweepAt = 0

  get size(): number {
    return this.#size
  }

  /** The entry of the request's series, or -1. */
  find(key: number, request: LabelsMatcher, series: number): number {
    const mask = this.#slots.length - 1
    for (let slot = key & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] as number) - 1
      if (entry === noEntry) return noEntry
      if (this.#keys[entry] === key && request.labelsMatch(series, this.#labels[entry] as SeriesLabels)) return entry
    }
  }

  /** A new entry, active until {@link judge} says otherwise. */
  insert(key: number, labels: SeriesLabels, nowS: number): number {
    if (this.#size === this.#keys.length) this.#growColumns()
    if ((this.#size + 1) * 2 > this.#slots.length) this.#growSlots()
    const entry = this.#size++
    this.#keys[entry] = key
    this.#sketchKeys[entry] = seriesSketchKey(labels.block)
    this.#lastSeenS[entry] = nowS
    this.#epochs[entry] = 0
    this.#states[entry] = seriesState.active
    this.#labels[entry] = labels
    this.#refusals[entry] = null
    this.counts[seriesState.active]++
    this.#link(entry)
    return entry
  }

  /** @param epoch of the rules that the series was judged by. */
  judge(entry: number, state: SeriesState, refusal: SeriesRefusal | null, epoch: number): void {
    this.counts[this.state(entry)]--
    this.counts[state]++
    this.#states[entry] = state
    this.#refusals[entry] = refusal
    this.#epochs[entry] = epoch
  }

  seen(entry: number, nowS: number): void {
    this.#lastSeenS[entry] = nowS
  }

  state(entry: number): SeriesState {
    return this.#states[entry] as SeriesState
  }

  epoch(entry: number): number {
    return this.#epochs[entry] as number
  }

  refusal(entry: number): SeriesRefusal | null {
    return this.#refusals[entry] as SeriesRefusal | null
  }

  labels(entry: number): SeriesLabels {
    return this.#labels[entry] as SeriesLabels
  }

  /** A sketch of the series with valid labels: the active ones, and those over the limit. */
  sketch(): string {
    const sketched = this.#sketchKeys.subarray(0, this.#size)
    return seriesSketchOf(sketched.filter((_, entry) => this.#states[entry] !== seriesState.refused))
  }

  /** Checks the next `budget` entries and forgets those not seen since `beforeS`. Call it often with a small budget. */
  sweep(beforeS: number, budget: number): void {
    for (let looked = 0; looked < budget && this.#size > 0; looked++) {
      if (this.#sweepAt >= this.#size) this.#sweepAt = 0
      if ((this.#lastSeenS[this.#sweepAt] as number) < beforeS) this.remove(this.#sweepAt)
      else this.#sweepAt++
    }
  }

  /** The last entry takes the removed one's place. */
  remove(entry: number): void {
    this.counts[this.state(entry)]--
    this.#unlink(entry)
    const last = --this.#size
    if (entry !== last) {
      this.#slots[this.#slotOf(last)] = entry + 1
      this.#keys[entry] = this.#keys[last] as number
      this.#sketchKeys[entry] = this.#sketchKeys[last] as number
      this.#lastSeenS[entry] = this.#lastSeenS[last] as number
      this.#epochs[entry] = this.#epochs[last] as number
      this.#states[entry] = this.#states[last] as number
      this.#labels[entry] = this.#labels[last] as SeriesLabels
      this.#refusals[entry] = this.#refusals[last] as SeriesRefusal | null
    }
    this.#labels.length = last
    this.#refusals.length = last
  }

  #link(entry: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#keys[entry] as number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = entry + 1
  }

  #slotOf(entry: number): number {
    const mask = this.#slots.length - 1
    let slot = (this.#keys[entry] as number) & mask
    while (this.#slots[slot] !== entry + 1) slot = (slot + 1) & mask
    return slot
  }

  /** Frees the slot and moves the following ones back, so that no probe ends early (Knuth, 6.4, algorithm R). */
  #unlink(entry: number): void {
    const mask = this.#slots.length - 1
    let hole = this.#slotOf(entry)
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.#keys[(this.#slots[slot] as number) - 1] as number) & mask
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = this.#slots[slot] as number
        hole = slot
      }
    }
    this.#slots[hole] = 0
  }

  #growColumns(): void {
    const capacity = this.#keys.length * 2
    this.#keys = grown(this.#keys, new Float64Array(capacity))
    this.#sketchKeys = grown(this.#sketchKeys, new Float64Array(capacity))
    this.#lastSeenS = grown(this.#lastSeenS, new Float64Array(capacity))
    this.#epochs = grown(this.#epochs, new Uint32Array(capacity))
    this.#states = grown(this.#states, new Uint8Array(capacity))
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let entry = 0; entry < this.#size; entry++) this.#link(entry)
  }
}

function grown<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
