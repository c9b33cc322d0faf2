// Encodes remote write 1.0 requests independently: the stand-in will test our encoder, so that can't test the stand-in.

const text = (value: string) => new TextEncoder().encode(value)

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt(value)
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

const zigzag = (value: number) => varint(value < 0 ? -2 * value - 1 : 2 * value)
const field = (number: number, wireType: number, payload: Uint8Array) =>
  Buffer.concat([varint(number * 8 + wireType), payload])
const message = (number: number, ...parts: Uint8Array[]) => {
  const payload = Buffer.concat(parts)
  return field(number, 2, Buffer.concat([varint(payload.length), payload]))
}
const double = (number: number, value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return field(number, 1, bytes)
}

const labelFields = (labels: Record<string, string>) =>
  Object.keys(labels)
    .sort()
    .map((name) => message(1, message(1, text(name)), message(2, text(labels[name] as string))))

/** A series with one sample. */
export const sampleSeries = (labels: Record<string, string>, value: number, timestampMs: number): Uint8Array =>
  message(1, ...labelFields(labels), message(2, double(1, value), field(2, 0, varint(timestampMs))))

/** A series with one native histogram of positive buckets; `offset` is the index of the first, `spanLength` their number. */
export const histogramSeries = (
  labels: Record<string, string>,
  histogram: { schema: number; sum: number; offset: number; counts: number[]; spanLength?: number },
  timestampMs: number,
): Uint8Array =>
  message(
    1,
    ...labelFields(labels),
    message(
      4,
      field(1, 0, varint(histogram.counts.reduce((sum, count) => sum + count, 0))),
      double(3, histogram.sum),
      field(4, 0, zigzag(histogram.schema)),
      message(
        11,
        field(1, 0, zigzag(histogram.offset)),
        field(2, 0, varint(histogram.spanLength ?? histogram.counts.length)),
      ),
      message(12, ...histogram.counts.map((count, i) => zigzag(count - (histogram.counts[i - 1] ?? 0)))),
      field(15, 0, varint(timestampMs)),
    ),
  )

/** `prometheus.WriteRequest` */
export const writeRequest = (...series: Uint8Array[]): Uint8Array => Buffer.concat(series)

/** A snappy block that has only literals. */
export function snappyLiteral(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [varint(data.length)]
  for (let at = 0; at < data.length; at += 60) {
    const literal = data.subarray(at, at + 60)
    parts.push(Uint8Array.of((literal.length - 1) << 2), literal)
  }
  return Buffer.concat(parts)
}
