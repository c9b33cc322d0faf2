import type { Outputs } from '../lib/trpc/client.ts'

type Counts = Outputs['session']['changes']
const counted = ['notices', 'incidents', 'slos'] as const
type Counted = (typeof counted)[number]

/** What changed between two answers. Counts of another process can't be compared, so then everything may have changed. */
export function changedOf(before: Counts | undefined, now: Counts | undefined): Counted[] {
  if (!before || !now) return []
  return counted.filter((what) => before.process !== now.process || before[what] !== now[what])
}
