import { createHash } from 'node:crypto'

/** Hashes of series as gateways have them, 53 bits as good as chance; the same in every run. @param of another set's are others */
export const seriesKeys = (from: number, to: number, of = ''): number[] =>
  Array.from({ length: to - from }, (_, i) => {
    const digest = createHash('md5')
      .update(`${of}${from + i}`)
      .digest()
    return (digest.readUInt32LE(0) >>> 11) * 2 ** 32 + digest.readUInt32LE(4)
  })
