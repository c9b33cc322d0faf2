// The figures of the bench of reads: the times of each case.
export type Times = Map<string, number[]>

export const rounded = (value: number) => Math.round(value * 100) / 100

export function figuresOf(times: Times, name: string): { p50Ms: number; p99Ms: number } {
  const sorted = (times.get(name) ?? []).toSorted((a, b) => a - b)
  const at = (q: number) => rounded(sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN)
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

export function printTable(times: Times): void {
  const width = Math.max(...[...times.keys()].map((name) => name.length))
  for (const name of times.keys()) {
    const { p50Ms, p99Ms } = figuresOf(times, name)
    console.log(
      `${name.padEnd(width)}  p50 ${p50Ms.toFixed(1).padStart(7)} ms   p99 ${p99Ms.toFixed(1).padStart(7)} ms`,
    )
  }
}
