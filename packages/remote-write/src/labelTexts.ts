import type { SeriesLabels } from './labels.ts'

// The labels of one series as positions in the request: name start and end, value start and end of each label.

/**
 * Whether the first `count` numbers of `texts` are exactly these labels in this order, apart from the one that the platform
 * added. The slow way: for 2.0, and for 1.0 with overlong lengths, scattered labels, or a label's fields out of order.
 */
export function textsMatch(bytes: Uint8Array, texts: Int32Array, count: number, labels: SeriesLabels): boolean {
  const { block, addedStart, addedEnd } = labels
  let at = 0
  for (let i = 0; i < count; i += 4) {
    if (at === addedStart) at = addedEnd
    const nameStart = texts[i] as number
    const nameBytes = (texts[i + 1] as number) - nameStart
    const valueStart = texts[i + 2] as number
    const valueBytes = (texts[i + 3] as number) - valueStart
    if (at >= block.length) return false
    // Past the tag and the length of the label, then past the tag of its name.
    at = afterVarint(block, at + 1) + 1
    if (lengthAt(block, at) !== nameBytes) return false
    at = afterVarint(block, at)
    for (let j = 0; j < nameBytes; j++) if (block[at + j] !== bytes[nameStart + j]) return false
    at += nameBytes + 1
    if (lengthAt(block, at) !== valueBytes) return false
    at = afterVarint(block, at)
    for (let j = 0; j < valueBytes; j++) if (block[at + j] !== bytes[valueStart + j]) return false
    at += valueBytes
  }
  return at === block.length || (at === addedStart && addedEnd === block.length)
}

/** Whether the labels are in the order of their names' bytes, none with an empty value. */
export function areCanonical(bytes: Uint8Array, texts: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i += 4) {
    if (texts[i + 2] === texts[i + 3]) return false
    if (i > 0 && compareNames(bytes, texts, i - 4, i) > 0) return false
  }
  return true
}

/** Sorts the labels by the bytes of their names, and removes those without a value. @returns how many numbers remain. */
export function makeCanonical(bytes: Uint8Array, texts: Int32Array, count: number): number {
  let kept = 0
  for (let i = 0; i < count; i += 4) {
    if (texts[i + 2] === texts[i + 3]) continue
    if (kept !== i) texts.copyWithin(kept, i, i + 4)
    kept += 4
  }
  sortByName(bytes, texts, kept)
  return kept
}

/** More labels than this are sorted by the runtime: an insertion sort of many labels in reverse would take too long. */
const insertedMax = 24

/** Compares the names of two labels by their bytes. `a` and `b` are where the labels are in `texts`. */
function compareNames(bytes: Uint8Array, texts: Int32Array, a: number, b: number): number {
  const startA = texts[a] as number
  const startB = texts[b] as number
  const lengthA = (texts[a + 1] as number) - startA
  const lengthB = (texts[b + 1] as number) - startB
  const both = Math.min(lengthA, lengthB)
  for (let i = 0; i < both; i++) {
    const difference = (bytes[startA + i] as number) - (bytes[startB + i] as number)
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}

/** Sorts the labels in the first `count` numbers of `texts`, four a label, by name. Equal names keep their order. */
function sortByName(bytes: Uint8Array, texts: Int32Array, count: number): void {
  if (count > insertedMax * 4) {
    const before = texts.slice(0, count)
    const order = Array.from({ length: count / 4 }, (_, i) => i * 4)
    order.sort((a, b) => compareNames(bytes, before, a, b))
    for (const [to, from] of order.entries()) texts.set(before.subarray(from, from + 4), to * 4)
    return
  }
  for (let i = 4; i < count; i += 4) {
    let to = i
    while (to > 0 && compareNames(bytes, texts, to - 4, i) > 0) to -= 4
    if (to === i) continue
    const nameStart = texts[i] as number
    const nameEnd = texts[i + 1] as number
    const valueStart = texts[i + 2] as number
    const valueEnd = texts[i + 3] as number
    texts.copyWithin(to + 4, to, i)
    texts[to] = nameStart
    texts[to + 1] = nameEnd
    texts[to + 2] = valueStart
    texts[to + 3] = valueEnd
  }
}

/** The end of a varint. There is no check, because this package encoded the block itself. */
function afterVarint(block: Uint8Array, start: number): number {
  let at = start
  while ((block[at] as number) >= 0x80) at++
  return at + 1
}

function lengthAt(block: Uint8Array, start: number): number {
  let value = 0
  let at = start
  for (let shift = 0; ; shift += 7) {
    const byte = block[at++] as number
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
}
