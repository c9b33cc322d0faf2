import { isUtf8 as isUtf8InRuntime } from 'node:buffer'

/** For a longer text, a call into the runtime takes less time than this loop. For short ones it makes much garbage. */
const loopBytesMax = 64

/** Whether these bytes are UTF-8 (table 3-7 of the Unicode Standard, which the WHATWG Encoding Standard follows too). */
export function isUtf8(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > loopBytesMax) return isUtf8InRuntime(bytes.subarray(start, end))
  let at = start
  while (at < end) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at++
      continue
    }
    if (lead < 0xc2 || lead > 0xf4) return false
    const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
    if (at + more >= end) return false
    const second = bytes[at + 1] as number
    // Neither overlong, nor half of a surrogate pair, nor beyond the last character.
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < least || second > most) return false
    for (let i = 2; i <= more; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return false
    at += more + 1
  }
  return true
}
