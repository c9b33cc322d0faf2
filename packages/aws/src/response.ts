/** Reads a body to its end, so that its connection can be reused, and returns the first bytes as text. */
export async function readBody(chunks: AsyncIterable<Uint8Array>, bytesKept: number): Promise<string> {
  const kept: Uint8Array[] = []
  let room = bytesKept
  for await (const chunk of chunks) {
    if (room > 0) kept.push(chunk.subarray(0, room))
    room -= chunk.byteLength
  }
  return Buffer.concat(kept).toString()
}

/** Whole seconds of a `Retry-After` header (RFC 9110 §10.2.3: seconds or a date), rounded up; null if it has none. */
export function retryAfterSeconds(header: string | string[] | undefined, nowMs: number): number | null {
  const value = Array.isArray(header) ? header[0] : header
  if (value === undefined) return null
  if (/^\d+$/.test(value.trim())) return Number(value)
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1_000))
}
