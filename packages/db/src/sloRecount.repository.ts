import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

/** How a second count of a step of one group differs from what the rule wrote. */
export type SloRecount = {
  sloId: string
  labels: Record<string, string>
  /** The end of the step, in Unix time. */
  endSeconds: number
  bad: number
  total: number
  /** 1 if the rule wrote nothing for the step, otherwise 0. */
  steps: number
}

/** The longest window, and what a chart shows before it. */
const keptSeconds = 100 * 86_400

/** Until when the steps of each SLO were counted again, in Unix time, and what differed. */
export type SloRecounts = { settled: ReadonlyMap<string, number>; changes: readonly SloRecount[] }

export async function settledUntil(tx: PlatformTx): Promise<SloRecounts['settled']> {
  const rows = await clientOf(tx).sloSettled.findMany()
  return new Map(rows.map(({ sloId, until }) => [sloId, until.getTime() / 1_000]))
}

export async function all(tx: PlatformTx): Promise<SloRecounts> {
  const settled = await settledUntil(tx)
  const rows = await clientOf(tx).sloRecount.findMany({ orderBy: [{ endAt: 'asc' }] })
  return {
    settled,
    changes: rows.map(({ labels, endAt, ...row }) => ({
      ...row,
      labels: labels as Record<string, string>,
      endSeconds: endAt.getTime() / 1_000,
    })),
  }
}

/** Records that the steps of an SLO are settled until a time, and what differed in those since the time before. */
export async function settle(
  tx: WorkerTx,
  sloId: string,
  untilSeconds: number,
  changes: readonly SloRecount[],
): Promise<void> {
  const client = clientOf(tx)
  const until = new Date(untilSeconds * 1_000)
  await client.sloRecount.deleteMany({ where: { endAt: { lt: new Date((untilSeconds - keptSeconds) * 1_000) } } })
  await client.sloRecount.createMany({
    data: changes.map(({ endSeconds, ...change }) => ({ ...change, endAt: new Date(endSeconds * 1_000) })),
    skipDuplicates: true,
  })
  await client.sloSettled.upsert({ where: { sloId }, create: { sloId, until }, update: { until } })
}
