import type { Verdict } from '../judge/verdict.ts'
import type { Group } from '../plan/fleet.ts'
import type { Block } from '../plan/preflight.ts'
import type { Command } from './commands.ts'
import type { RolloutEvent, State } from './state.ts'

/** What is true outside at the moment. */
export type Observed = {
  approval: 'waiting' | 'approved' | 'declined' | 'expired'
  /** Every target's group. One that could not be read is missing: then nothing is decided about it. */
  groups: ReadonlyMap<string, Group>
  /** Of the wave with this index. Null if nobody judged it yet. */
  verdict: { wave: number; verdict: Pick<Verdict, 'outcome' | 'words'> } | null
  /** What blocks the start of the wave that is next to start. Once a wave has started, nothing blocks it. */
  blocks: readonly Block[]
  /** Why AWS did not make calls of the last step, and what to do, as sentences. Null if it made all. */
  fault: string | null
}

export type Step = { state: State; commands: Command[]; events: RolloutEvent[] }

/** What changes in the state, and what people see of it. */
export type Change = { state: Partial<State>; events: Omit<RolloutEvent, 'atMs'>[] }
