/** Runs `work` for each item, one after another, also after one failed. @throws what failed, all of it if it was more. */
export async function tryAll<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const failed: unknown[] = []
  for (const item of items) {
    try {
      await work(item)
    } catch (error) {
      failed.push(error)
    }
  }
  if (failed.length > 1) throw new AggregateError(failed, failed.map(String).join('; '))
  if (failed.length === 1) throw failed[0]
}
