// The list of 500 SLOs and pages of single ones over HTTP, on a real Prometheus behind AMP's stand-in.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../reads/client.ts'
import { startApi, startDatabase } from '../reads/parts.ts'
import { definitions, fillEvents, saveSlos, sloCount } from './data.ts'

const lists = 600
/** So that the list is also asked for when a new step has come, which is read then. */
const everyMs = 200
const details = 200

type List = { slos: { sloId: string; figures: { total: number } | null }[]; missing: string | null }
type History = { points: { total: number | null }[]; missing: string | null }

/** @returns the times of requests in ms: of the list, and of pages of SLOs that nobody had opened, and again */
export async function timeReads(
  stack: AsyncDisposableStack,
  dir: string,
  signal: AbortSignal,
  step: (what: string) => void,
) {
  const database = await startDatabase(stack, dir)
  await saveSlos(database.admin)
  step(`Postgres has ${sloCount} SLOs`)
  const dataDir = join(dir, 'prometheus', 'data')
  const samples = await fillEvents(dir, dataDir, signal, (share) => step(`history: ${Math.round(share * 100)} %`))
  step(`${samples} samples are stored`)
  const { url, issuer } = await startApi(stack, dir, database)
  const client = createClient(url, stack)
  const token = await issuer.token({
    sub: 'guest',
    name: 'Guest',
    groups: [],
    exp: Math.floor(Date.now() / 1_000) + 7_200,
  })
  const ask = async <T extends { missing: string | null }>(procedure: string, input: object) => {
    const askedAt = performance.now()
    const answer = await client.ask<T>(`sloReads.${procedure}`, { token }, input)
    const took = performance.now() - askedAt
    if (answer.missing !== null) throw new Error(`${procedure}: ${answer.missing}`)
    return { answer, took }
  }
  const first = await firstFigures(() => client.ask<List>('sloReads.list', { token }, { tenantId: null }))
  step(`the first figures took ${Math.round(first.took)} ms`)
  const unmeasured = first.answer.slos.filter(({ figures }) => !figures || figures.total === 0)
  if (first.answer.slos.length !== sloCount || unmeasured.length > 0)
    throw new Error(`${unmeasured.length} SLOs have no figures`)

  const list: number[] = []
  for (let i = 0; i < lists; i++) {
    list.push((await ask<List>('list', { tenantId: null })).took)
    await sleep(everyMs, undefined, { signal })
  }
  step('timed the list')
  const [opened, again]: [number[], number[]] = [[], []]
  for (const [i, { id }] of definitions.slice(0, details).entries()) {
    const to = Math.ceil(Date.now() / 60_000) * 60_000
    const range = { from: new Date(to - 30 * 86_400_000).toISOString(), to: new Date(to).toISOString() }
    const input = { sloId: id, group: null, ...range }
    for (const times of [opened, again]) {
      const { answer, took } = await ask<History>('history', input)
      if (!answer.points.some(({ total }) => total !== null)) throw new Error(`${id} has no history`)
      times.push(took)
    }
    if ((i + 1) % 50 === 0) step(`${i + 1} of ${details} pages`)
  }
  return { dataDir, samples, firstFiguresMs: first.took, list, opened, again }
}

/** The first list of a new API has no figures until all days are read. @returns how long that took */
async function firstFigures(ask: () => Promise<List>): Promise<{ answer: List; took: number }> {
  const startedAt = performance.now()
  for (;;) {
    const answer = await ask()
    const took = performance.now() - startedAt
    if (answer.missing === null) return { answer, took }
    if (took > 300_000) throw new Error(answer.missing)
    await sleep(100)
  }
}
