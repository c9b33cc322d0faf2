import { isUtf8 as isUtf8InRuntime } from 'node:buffer'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isUtf8 } from './utf8.ts'

const likely = fc.constantFrom(
  0x41,
  0x7f,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbf,
  0xc0,
  0xc2,
  0xdf,
  0xe0,
  0xed,
  0xef,
  0xf0,
  0xf4,
)
const byte = fc.oneof(likely, likely, fc.nat(255))

it('any bytes are UTF-8 exactly if the runtime says so', () => {
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 5 }), fc.string({ unit: 'grapheme', maxLength: 30 }), (odd, text) => {
      const bytes = Buffer.concat([Buffer.from(text), Buffer.from(odd), Buffer.from(text)])
      for (const [start, end] of [
        [0, bytes.length],
        [0, bytes.length - 1],
        [1, bytes.length],
        [Buffer.byteLength(text), Buffer.byteLength(text) + odd.length],
      ] as const) {
        expect(isUtf8(bytes, start, end)).toBe(isUtf8InRuntime(bytes.subarray(start, Math.max(start, end))))
      }
    }),
    { numRuns: 3_000 },
  )
})

it('every lead byte with every second byte is judged as the runtime judges it', () => {
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      for (const rest of [[], [0x80], [0x80, 0xbf], [0x80, 0x41], [0xc0, 0x80]]) {
        const bytes = Buffer.from([first, second, ...rest])
        if (isUtf8(bytes, 0, bytes.length) !== isUtf8InRuntime(bytes)) expect(bytes.toString('hex')).toBe('')
      }
    }
  }
})
