/** A step of coming up, and what must be there before it. */
export type Stage = { name: string; after: readonly string[]; up(): Promise<void>; down?(): Promise<void> }
export type StageReport = (name: string, outcome: 'begun' | 'done' | 'failed', seconds: number) => void

/**
 * Brings every stage up as soon as those before it are.
 * @throws the first fault, after all stages under way have settled.
 */
export async function bringUp(stages: readonly Stage[], report: StageReport = () => {}): Promise<void> {
  const outcomes = new Map<string, Promise<void>>()
  const run = async (stage: Stage) => {
    await Promise.all(stage.after.map((name) => outcomes.get(name)))
    const startedAt = performance.now()
    const seconds = () => (performance.now() - startedAt) / 1_000
    report(stage.name, 'begun', 0)
    try {
      await stage.up()
    } catch (fault) {
      report(stage.name, 'failed', seconds())
      throw fault
    }
    report(stage.name, 'done', seconds())
  }
  // In the order of the list, so that a stage finds the promises of those before it.
  for (const stage of stages) outcomes.set(stage.name, run(stage))
  const settled = await Promise.allSettled(outcomes.values())
  const failed = settled.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

/** Takes every stage down once all that came after it are down; one that fails doesn't keep the others up. */
export async function takeDown(stages: readonly Stage[]): Promise<void> {
  const outcomes = new Map<string, Promise<void>>()
  const faults: unknown[] = []
  for (const stage of [...stages].reverse()) {
    const dependents = stages
      .filter((other) => other.after.includes(stage.name))
      .map((other) => outcomes.get(other.name))
    outcomes.set(
      stage.name,
      Promise.all(dependents)
        .then(() => stage.down?.())
        .catch((fault: unknown) => {
          faults.push(fault)
        }),
    )
  }
  await Promise.all(outcomes.values())
  if (faults.length > 0) throw new AggregateError(faults, 'some parts did not stop in good order')
}
