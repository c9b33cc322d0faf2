// The time from the click until every gateway enforces, on a whole local platform: of edits that come alone, with each leg,
// and of edits that follow each other. Gateways report more often for 3 s after a change, so the latter are faster.
// The peer in the same run is a gateway that only polls: it waits on average half of the poll interval for each ring.
import type { Page } from '@playwright/test'
import { machine, onPlatform, quantile, rounded, signedIn } from './lib/platform.ts'

const editsAlone = 30
const editsInARow = 20
/** Longer than gateways hurry, and of any length, so that an edit comes at any moment between two heartbeats. */
const restMs = () => 3_500 + Math.random() * 1_000
const pollSeconds = 5
const held = { p95Ms: 5_000 }

type Propagation = {
  state: string
  compiledMs: number | null
  waves: { ring: string; publishedMs: number | null; enforcedMs: number | null }[]
  enforcedMs: number | null
}

/** Milliseconds of each edit, by leg, in the order of the legs: save, compile, then two for each wave. */
const legs = new Map<string, number[]>()
const took = (leg: string, ms: number) => legs.set(leg, [...(legs.get(leg) ?? []), ms])
let waveCount = 0
const alone: number[] = []
const inARow: number[] = []

await onPlatform(async (platform, browser) => {
  const page = await signedIn(browser, platform, 'admin@acme.example', '/t/acme/quotas')
  for (let i = 0; i < editsAlone + editsInARow; i += 1) {
    const isAlone = i < editsAlone
    if (isAlone) await new Promise((resolve) => setTimeout(resolve, restMs()))
    const clickedAt = Date.now()
    const revision = await edit(page, 2_001 + i)
    const savedAfterMs = Date.now() - clickedAt
    const seen = await enforced(page, revision)
    const totals = isAlone ? alone : inARow
    totals.push(seen.savedAtMs + (seen.enforcedMs ?? 0) - clickedAt)
    process.stdout.write(`\r${i + 1} of ${editsAlone + editsInARow} edits, the last in ${totals.at(-1)} ms `)
    if (!isAlone) continue
    took('save', savedAfterMs)
    waveCount = seen.waves.length
    let before = seen.compiledMs ?? 0
    took('compile', before)
    for (const [index, { ring, publishedMs, enforcedMs }] of seen.waves.entries()) {
      const enforced = (index === waveCount - 1 ? seen.enforcedMs : enforcedMs) ?? before
      took(`publish to ${ring}`, (publishedMs ?? before) - before)
      took(`${ring} enforces`, enforced - (publishedMs ?? before))
      before = enforced
    }
  }
})

async function edit(page: Page, samplesPerSecond: number): Promise<number> {
  const { revision: baseRevision } = await ask<{ revision: number }>(page, 'quota.current')
  const input = {
    limits: { 'ingest.samplesPerSecond': samplesPerSecond },
    reason: 'Bench of propagation',
    baseRevision,
  }
  const answer = await page.request.post(url(page, 'quota.propose'), {
    data: input,
    headers: { origin: new URL(page.url()).origin },
  })
  return ((await answer.json()) as { result: { data: { revision: number } } }).result.data.revision
}

async function enforced(page: Page, revision: number): Promise<Propagation & { savedAtMs: number }> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const view = await ask<Propagation & { savedAt: string }>(page, 'policy.propagation', { revision })
    if (view.state === 'enforced') return { ...view, savedAtMs: Date.parse(view.savedAt) }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`revision ${revision} was not enforced within 30 s`)
}

async function ask<T>(page: Page, procedure: string, input?: object): Promise<T> {
  const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ''
  const answer = await page.request.get(`${url(page, procedure)}${query}`)
  return ((await answer.json()) as { result: { data: T } }).result.data
}
function url(page: Page, procedure: string): string {
  return `${new URL(page.url()).origin}/api/trpc/t/acme/${procedure}`
}

const figures = (values: readonly number[]) => ({
  p50Ms: rounded(quantile(values, 0.5)),
  p95Ms: rounded(quantile(values, 0.95)),
  maxMs: rounded(quantile(values, 1)),
})
console.log()
for (const [leg, values] of [...legs, ['alone', alone] as const, ['in a row', inARow] as const]) {
  const { p50Ms, p95Ms, maxMs } = figures(values)
  console.log(`${leg.padEnd(16)} p50 ${p50Ms} ms   p95 ${p95Ms} ms   worst ${maxMs} ms`)
}
const pollingOnlyMs = waveCount * (pollSeconds / 2) * 1_000
const pass = [alone, inARow].every((totals) => (quantile(totals, 0.95) ?? Number.POSITIVE_INFINITY) <= held.p95Ms)
console.log(
  JSON.stringify({
    bench: 'propagation',
    edits: { alone: editsAlone, inARow: editsInARow },
    clickToEnforced: figures(alone),
    clickToEnforcedInARow: figures(inARow),
    legs: Object.fromEntries([...legs].map(([leg, values]) => [leg, figures(values)])),
    timesPollingOnly: rounded((quantile(alone, 0.5) ?? 0) / pollingOnlyMs, 2),
    held,
    pass,
    machine,
  }),
)
if (!pass) process.exitCode = 1
