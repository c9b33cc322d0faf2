/**
 * The rank of each value from 1, times two so that it is a whole number: equal values share the mean of their ranks.
 * @returns `ties`: how many values are equal, for each group of equal ones.
 */
export function doubledRanks(values: readonly number[]): { ranks: number[]; ties: number[] } {
  const sorted = Float64Array.from(values).sort()
  const ranksOf = new Map<number, number>()
  const ties: number[] = []
  for (let from = 0; from < sorted.length; ) {
    const value = sorted[from] as number
    let to = from
    while (to < sorted.length && sorted[to] === value) to++
    ranksOf.set(value, from + 1 + to)
    if (to - from > 1) ties.push(to - from)
    from = to
  }
  return { ranks: values.map((value) => ranksOf.get(value) as number), ties }
}
