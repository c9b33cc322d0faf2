// A sketch of a gateway's series, in 2 KB (HyperLogLog): it estimates how many different series there are. The sketches
// of several gateways merge into one, which counts a series on several gateways once.

/** Registers. The estimate's standard error is 1.04 / √registers: 2.3 %. */
const registers = 2_048
const indexBits = 11
/** Ranks are 1 to 33. One character holds one rank; '0' is a register without a series. */
const zero = 48
const rankMax = 33

/** A sketch as text: one character per register. */
export const seriesSketchPattern = /^[0-Q]{2048}$/

/** Three standard errors: the estimate exceeds the true count by more than this once in a thousand times. */
const errorRatio = 0.07

/**
 * A 53-bit hash of a series' labels, the same on every gateway. A tenant that chooses labels with colliding hashes
 * seems to have fewer series. Each gateway then gets a larger share of that limit, at most all of it.
 */
export function seriesSketchKey(labels: Uint8Array): number {
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (const byte of labels) {
    a = Math.imul(a ^ byte, 0x9e3779b1)
    a ^= a >>> 15
    b = Math.imul(((b << 13) | (b >>> 19)) + byte, 0x85ebca77)
  }
  return (avalanche(b) >>> 11) * 2 ** 32 + (avalanche(a) >>> 0)
}

/** The finalizer of MurmurHash3. */
function avalanche(lane: number): number {
  let mixed = lane ^ (lane >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** The sketch of a set of series. @param keys by {@link seriesSketchKey} */
export function seriesSketchOf(keys: Iterable<number>): string {
  const ranks = new Uint8Array(registers)
  for (const key of keys) {
    const low = key >>> 0
    const rest = (Math.floor(key / 2 ** 32) << indexBits) | (low >>> (32 - indexBits))
    const register = low & (registers - 1)
    const rank = Math.clz32(rest) + 1
    if (rank > (ranks[register] as number)) ranks[register] = rank
  }
  return String.fromCharCode(...ranks.map((rank) => zero + rank))
}

/** Estimates how many different series the gateways of these sketches have together (Ertl 2017, algorithm 6). */
export function distinctSeries(sketches: readonly string[]): number {
  const counts = new Array<number>(rankMax + 1).fill(0)
  for (let register = 0; register < registers; register++) {
    let rank = 0
    for (const sketch of sketches) rank = Math.max(rank, sketch.charCodeAt(register) - zero)
    counts[rank] = (counts[rank] as number) + 1
  }
  let sum = 0
  for (let rank = rankMax; rank > 0; rank--) sum = (sum + (counts[rank] as number)) / 2
  sum += registers * untouched((counts[0] as number) / registers)
  return registers ** 2 / (2 * Math.LN2 * sum)
}

/** Like {@link distinctSeries}, but hardly ever more than the true count. */
export const distinctSeriesAtLeast = (sketches: readonly string[]): number =>
  distinctSeries(sketches) * (1 - errorRatio)

/** The part that empty registers add: x + Σ x^(2^k) · 2^(k-1). */
function untouched(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let sum = share
  for (let power = share ** 2, weight = 1; sum + power * weight !== sum; power **= 2, weight *= 2) sum += power * weight
  return sum
}
