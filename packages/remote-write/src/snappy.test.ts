import fc from 'fast-check'
import { compressSync, uncompressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { MalformedSnappy, RequestTooLarge } from './errors.ts'
import { Scratch } from './scratch.ts'
import { decodeSnappy, encodeSnappy } from './snappy.ts'

const bytesMax = 1_000_000
const decoded = new Scratch(16)
const encoded = new Scratch(16)

/** Repetitive text, like label blocks, between incompressible bytes. */
const bodies = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(3000))
        .map(([unit, times]) => Buffer.concat(Array.from({ length: times % 200 }, () => unit))),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.concat(parts))

describe('snappy', () => {
  it('reads what another implementation compressed', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(decodeSnappy(compressSync(body), decoded, bytesMax).equals(body)).toBe(true)
      }),
    )
  })

  it('writes what another implementation can read', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        expect(body.equals(Buffer.from(uncompressSync(encodeSnappy(body, encoded))))).toBe(true)
      }),
    )
  })

  it('compresses a repetitive body of several blocks, and reads it back', () => {
    const body = Buffer.from(
      Array.from({ length: 20_000 }, (_, i) => `game_tick_seconds{shard_id="${i % 97}"}`).join(''),
    )
    const compressed = encodeSnappy(body, encoded)
    expect(compressed.length).toBeLessThan(body.length / 8)
    expect(decodeSnappy(compressed, decoded, bytesMax).equals(body)).toBe(true)
  })

  it('reads back short repeats of bytes that are far back', () => {
    let state = 1
    const noise = Buffer.from(
      Array.from({ length: 60_000 }, () => {
        state = Math.imul(state, 48_271) >>> 0
        return state >>> 24
      }),
    )
    // Many repeats of each size, because the encoder looks at fewer and fewer positions while it finds nothing.
    for (const size of [4, 5, 7, 11, 12, 64, 65, 67, 68]) {
      const repeats = Array.from({ length: 400 }, (_, i) => [
        noise.subarray(i * 37, i * 37 + size),
        noise.subarray(59_000 - i, 59_001 - i),
      ]).flat()
      const body = Buffer.concat([noise.subarray(0, 20_000), ...repeats])
      const compressed = encodeSnappy(body, encoded)
      if (size > 10) expect(compressed.length).toBeLessThan(body.length)
      expect(Buffer.from(uncompressSync(compressed)).equals(body)).toBe(true)
    }
  })

  it('writes an empty body as one byte', () => {
    expect([...encodeSnappy(new Uint8Array(0), encoded)]).toEqual([0])
    expect(decodeSnappy(Uint8Array.of(0), decoded, bytesMax).length).toBe(0)
  })

  it('rejects a body that is cut short anywhere', () => {
    const compressed = compressSync(Buffer.from('tick tick tick tick tick tock tock tock, and then tick again'))
    for (let size = 0; size < compressed.length; size++) {
      expect(() => decodeSnappy(compressed.subarray(0, size), decoded, bytesMax)).toThrow(MalformedSnappy)
    }
  })

  it('reads garbage, or rejects it with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeSnappy(garbage, decoded, bytesMax)
        } catch (error) {
          expect(error instanceof MalformedSnappy || error instanceof RequestTooLarge).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('gives a typed error or a body of the same length if a bit is flipped', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(7), (body, place, bit) => {
        const compressed = Buffer.from(compressSync(body))
        const at = place % compressed.length
        compressed[at] = (compressed[at] as number) ^ (1 << bit)
        try {
          decodeSnappy(compressed, decoded, bytesMax)
        } catch (error) {
          expect(error instanceof MalformedSnappy || error instanceof RequestTooLarge).toBe(true)
        }
      }),
    )
  })

  it('rejects a body that names a size over the limit before it decompresses it', () => {
    const small = new Scratch(16)
    const bomb = compressSync(Buffer.alloc(2_000_000))
    expect(() => decodeSnappy(bomb, small, bytesMax)).toThrow(new RequestTooLarge(2_000_000, bytesMax))
    expect(() => decodeSnappy(bomb, small, 1_999_999)).toThrow(new RequestTooLarge(2_000_000, 1_999_999))
    expect(decodeSnappy(bomb, new Scratch(16), 2_000_000).length).toBe(2_000_000)
    expect(small.bytes.length).toBe(16)
  })

  it('rejects a copy that starts before the first byte', () => {
    expect(() => decodeSnappy(Uint8Array.of(8, 0, 65, 0b000_011_01, 2), decoded, bytesMax)).toThrow(MalformedSnappy)
    expect(() => decodeSnappy(Uint8Array.of(8, 0, 65, 0b000_011_01, 0), decoded, bytesMax)).toThrow(MalformedSnappy)
  })

  it('reads copies with a four-byte distance', () => {
    expect(decodeSnappy(Uint8Array.of(5, 0, 65, (3 << 2) | 3, 1, 0, 0, 0), decoded, bytesMax).toString()).toBe('AAAAA')
  })
})
