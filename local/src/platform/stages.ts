import { PartFault } from '../process/processes.ts'

/** A step of the start, and the stages that must be done before it. */
export type Stage = { name: string; after: readonly string[]; up(): Promise<void>; down?(): Promise<void> }
export type StageReport = (name: string, outcome: 'begun' | 'done' | 'failed', seconds: number) => void

/**
 * Starts each stage as soon as the stages before it are done. No stage begins after one failed or `signal` was aborted.
 * @throws PartFault of the first failed stage, or the signal's reason, after all begun stages have settled.
 */
export async function bringUp(
  stages: readonly Stage[],
  report: StageReport = () => {},
  signal?: AbortSignal,
): Promise<void> {
  let failed: PartFault | undefined
  const run = async (stage: Stage) => {
    signal?.throwIfAborted()
    if (failed) throw failed
    const startedAt = performance.now()
    const seconds = () => (performance.now() - startedAt) / 1_000
    report(stage.name, 'begun', 0)
    try {
      await stage.up()
    } catch (fault) {
      report(stage.name, 'failed', seconds())
      failed ??=
        fault instanceof PartFault ? fault : new PartFault(`${stage.name}: ${sentence(fault)}`, { cause: fault })
      throw failed
    }
    report(stage.name, 'done', seconds())
  }
  await inOrder(stages, (stage) => stage.after, run)
  signal?.throwIfAborted()
  if (failed) throw failed
}

/** Stops each stage when all stages that need it have stopped. A stage that fails does not keep the others running. */
export async function takeDown(stages: readonly Stage[]): Promise<void> {
  const faults: unknown[] = []
  const dependents = (stage: Stage) =>
    stages.filter((other) => other.after.includes(stage.name)).map((other) => other.name)
  await inOrder(stages, dependents, async (stage) => {
    await stage.down?.().catch((fault: unknown) => faults.push(fault))
  })
  if (faults.length > 0) throw new AggregateError(faults, 'some parts did not stop cleanly')
}

/** Runs `work` on each stage after all stages that `before` names. If one of those failed, the stage is skipped. */
function inOrder(
  stages: readonly Stage[],
  before: (stage: Stage) => readonly string[],
  work: (stage: Stage) => Promise<void>,
): Promise<PromiseSettledResult<void>[]> {
  const unknown = stages.flatMap(before).find((name) => !stages.some((stage) => stage.name === name))
  if (unknown) throw new Error(`a stage comes after "${unknown}", which is not a stage`)
  const outcomes = new Map<string, Promise<void>>()
  const outcomeOf = (stage: Stage): Promise<void> => {
    const earlier = stages.filter(({ name }) => before(stage).includes(name))
    const outcome = outcomes.get(stage.name) ?? Promise.all(earlier.map(outcomeOf)).then(() => work(stage))
    outcomes.set(stage.name, outcome)
    return outcome
  }
  return Promise.allSettled(stages.map(outcomeOf))
}

/** The message of a fault and of its cause, because "fetch failed" alone helps nobody. */
function sentence(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  return fault.cause instanceof Error ? `${fault.message}: ${fault.cause.message}` : fault.message
}
