/** What a rollout did, of an image or of a policy version. What is true is said by the world that the test made, and not by the rollout. */
export type Did =
  /** `notDone`: the earlier waves that were not done in that moment. */
  | { did: 'begin'; wave: number; notDone: number[] }
  /** It heard that a wave that had begun is bad. */
  | { did: 'hear of harm' }

/** What is wrong with the order in which waves began. */
export function orderFaults(history: readonly Did[]): string[] {
  const faults: string[] = []
  let begun = 0
  let isHarmed = false
  for (const each of history) {
    if (each.did === 'hear of harm') {
      isHarmed = true
      continue
    }
    if (isHarmed) faults.push(`wave ${each.wave} began after a wave was bad`)
    if (each.wave !== begun) faults.push(`wave ${each.wave} began when it was the turn of wave ${begun}`)
    if (each.notDone.length > 0) faults.push(`wave ${each.wave} began before ${each.notDone.join(', ')} was done`)
    begun += 1
  }
  return faults
}

/** How many waves began. */
export const begunCount = (history: readonly Did[]): number => history.filter(({ did }) => did === 'begin').length
