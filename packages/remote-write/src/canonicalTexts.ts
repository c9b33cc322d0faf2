/** More labels than this are sorted by the runtime: an insertion sort of many labels in reverse would take too long. */
const insertedMax = 64

/** Compares two names by their bytes. `a` and `b` are positions in `texts` of labels: name start, name end, … */
export function compareTexts(bytes: Uint8Array, texts: Int32Array, a: number, b: number): number {
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
export function sortTexts(bytes: Uint8Array, texts: Int32Array, count: number): void {
  if (count > insertedMax * 4) {
    const before = texts.slice(0, count)
    const order = Array.from({ length: count / 4 }, (_, i) => i * 4)
    order.sort((a, b) => compareTexts(bytes, before, a, b))
    for (const [to, from] of order.entries()) texts.set(before.subarray(from, from + 4), to * 4)
    return
  }
  for (let i = 4; i < count; i += 4) {
    let to = i
    while (to > 0 && compareTexts(bytes, texts, to - 4, i) > 0) to -= 4
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
