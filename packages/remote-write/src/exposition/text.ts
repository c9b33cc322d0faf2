import type { NativeHistogram } from '../histogram.ts'
import type { MetricFamily } from './families.ts'

export const textContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Powers of two are bounds of the buckets of every schema of 0 or more. */
const exponents = [-8, -6, -4, -2, -1, 0, 1, 2, 3, 4, 5]

/**
 * The families in Prometheus's text format, for people and for scrapers that do not know the protobuf format. A native
 * histogram is a classic one there, with buckets up to 1/256, 1/64, 1/16, 1/4, 1/2, 1, 2, 4, 8, 16 and 32.
 */
export function familiesText(families: readonly MetricFamily[]): string {
  const lines: string[] = []
  for (const { name, help, type, metrics } of families) {
    if (metrics.length === 0) continue
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const { labels, value } of metrics) {
      if (typeof value === 'number') lines.push(`${name}${labelsText(labels)} ${value}`)
      else lines.push(...classicLines(name, labels, value))
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function classicLines(name: string, labels: readonly string[], histogram: NativeHistogram): string[] {
  const bucket = (le: string, count: number) => `${name}_bucket${labelsText([...labels, 'le', le])} ${count}`
  const bounded = exponents.map((exponent) => bucket(String(2 ** exponent), countUpTo(histogram, exponent)))
  return [
    ...bounded,
    bucket('+Inf', histogram.count),
    `${name}_sum${labelsText(labels)} ${histogram.sum}`,
    `${name}_count${labelsText(labels)} ${histogram.count}`,
  ]
}

/** How many values are at most 2^exponent. */
function countUpTo({ schema, zeroCount, positiveSpans, positiveDeltas }: NativeHistogram, exponent: number): number {
  const last = exponent * 2 ** schema
  let total = zeroCount
  let index = 0
  let count = 0
  let next = 0
  for (const { offset, length } of positiveSpans) {
    index += offset
    for (const end = index + length; index < end; index++) {
      count += positiveDeltas[next++] ?? 0
      if (index <= last) total += count
    }
  }
  return total
}

function labelsText(labels: readonly string[]): string {
  if (labels.length === 0) return ''
  const pairs: string[] = []
  for (let i = 0; i < labels.length; i += 2) pairs.push(`${labels[i]}="${escaped(labels[i + 1] as string)}"`)
  return `{${pairs.join()}}`
}

const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
