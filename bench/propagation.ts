// The time from the click until every gateway enforces a change, and until the person sees that in the browser, on a whole
// local platform. Each edit is made in the portal and comes alone, at a random moment between two heartbeats and polls.
// The peer is a gateway that only polls: it waits on average half of the poll interval for each ring.
// `--runs 3` starts the platform three times; the figures are then the medians of the runs, with their ranges.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { Page } from '@playwright/test'
import { draft } from '../e2e/src/quotaPage.ts'
import { machine, onPlatform, quantile, rounded, signedIn } from './lib/platform.ts'

const editsPerRun = 30
/** Longer than a propagation. Heartbeats come every second and polls every five, so an edit comes at any moment of both. */
const restMs = () => 1_500 + Math.random() * 5_000
const pollSeconds = 5
const held = { enforcedP95Ms: 800, visibleP95Ms: 1_200 }

const { runs } = parseArgs({ options: { runs: { type: 'string', default: '1' } } }).values
const runCount = Number(runs)
if (!Number.isInteger(runCount) || runCount < 1) throw new Error(`--runs must be a whole number from 1, not ${runs}`)

type Propagation = {
  state: string
  savedAt: string
  compiledMs: number | null
  waves: { ring: string; publishedMs: number | null; enforcedMs: number | null }[]
  enforcedMs: number | null
}
/** When the button was clicked, and when the first frame showed the change as enforced, by the browser's clock. */
type Seen = { clickedAt: number; visibleAt: number }

/** Milliseconds of each edit of a run, by leg: save, compile, two for each wave, and show. */
type Run = { enforced: number[]; visible: number[]; legs: Map<string, number[]> }

let waveCount = 0

async function run(): Promise<Run> {
  const times: Run = { enforced: [], visible: [], legs: new Map() }
  const took = (leg: string, ms: number) => times.legs.set(leg, [...(times.legs.get(leg) ?? []), ms])
  await onPlatform(async (platform, browser) => {
    const page = await signedIn(browser, platform, 'admin@acme.example', '/t/acme/quotas')
    for (let i = 1; i <= editsPerRun; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, restMs()))
      const { clickedAt, visibleAt } = await edit(page, 2_000 + i)
      const change = await enforced(page, Number(new URL(page.url()).searchParams.get('follow')))
      const savedAt = Date.parse(change.savedAt)
      times.enforced.push(savedAt + (change.enforcedMs ?? 0) - clickedAt)
      times.visible.push(visibleAt - clickedAt)
      waveCount = change.waves.length
      took('save', savedAt - clickedAt)
      let before = change.compiledMs ?? 0
      took('compile', before)
      for (const [index, { ring, publishedMs, enforcedMs }] of change.waves.entries()) {
        const at = (index === waveCount - 1 ? change.enforcedMs : enforcedMs) ?? before
        took(`publish to ${ring}`, (publishedMs ?? before) - before)
        took(`${ring} enforces`, at - (publishedMs ?? before))
        before = at
      }
      took('show', visibleAt - savedAt - before)
      process.stdout.write(`\r${i} of ${editsPerRun} edits, the last in ${times.enforced.at(-1)} ms `)
    }
  })
  console.log()
  return times
}

/** Makes an edit in the portal, and watches each frame of the page until it shows that every gateway enforces it. */
async function edit(page: Page, samplesPerSecond: number): Promise<Seen> {
  const words = `${samplesPerSecond.toLocaleString('en')} samples/s`
  const drawer = await draft(page, samplesPerSecond, 'Bench of propagation')
  const button = drawer.getByRole('button', { name: `Apply ${words}` })
  // The drawer may still slide in, and the button waits until it stands still.
  await button.click({ trial: true })
  const seen = page.evaluate<Seen>(`new Promise((resolve) => {
    let clickedAt = null
    addEventListener('click', () => { clickedAt = Date.now() }, { capture: true, once: true })
    const look = () => {
      const text = document.querySelector('section[aria-label="Your change"]')?.textContent ?? ''
      const shown = text.includes('→ ${words}') && /Fleet enforces ([1-9]\\d*) of \\1/.test(text)
      if (shown && clickedAt !== null) resolve({ clickedAt, visibleAt: Date.now() })
      else requestAnimationFrame(look)
    }
    look()
  })`)
  await button.click()
  return seen
}

async function enforced(page: Page, revision: number): Promise<Propagation> {
  const deadline = Date.now() + 30_000
  const input = encodeURIComponent(JSON.stringify({ revision }))
  while (Date.now() < deadline) {
    const answer = await page.request.get(
      `${new URL(page.url()).origin}/api/trpc/t/acme/policy.propagation?input=${input}`,
    )
    const { result } = (await answer.json()) as { result: { data: Propagation } }
    if (result.data.state === 'enforced') return result.data
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`revision ${revision} was not enforced within 30 s`)
}

const load = loadavg()[0] ?? 0
const all: Run[] = []
for (let i = 0; i < runCount; i += 1) all.push(await run())

/** A quantile of each run: their median, and their range if there are several. */
const over = (name: string, q: number, of: (run: Run) => readonly number[]) => {
  const values = all.map((run) => rounded(quantile(of(run), q)) ?? 0)
  const range = runCount > 1 ? { [`${name}Range`]: [Math.min(...values), Math.max(...values)] } : {}
  return { [name]: quantile(values, 0.5) ?? 0, ...range }
}
const figures = {
  ...over('enforcedP50Ms', 0.5, (run) => run.enforced),
  ...over('enforcedP95Ms', 0.95, (run) => run.enforced),
  ...over('visibleP50Ms', 0.5, (run) => run.visible),
  ...over('visibleP95Ms', 0.95, (run) => run.visible),
}
const legs = [...(all[0]?.legs.keys() ?? [])].map((leg) => {
  const values = all.flatMap((run) => run.legs.get(leg) ?? [])
  return [leg, { p50Ms: rounded(quantile(values, 0.5)), p95Ms: rounded(quantile(values, 0.95)) }] as const
})
for (const [leg, { p50Ms, p95Ms }] of legs) console.log(`${leg.padEnd(18)} p50 ${p50Ms} ms   p95 ${p95Ms} ms`)
const pass = Number(figures.enforcedP95Ms) <= held.enforcedP95Ms && Number(figures.visibleP95Ms) <= held.visibleP95Ms
console.log(
  JSON.stringify({
    bench: 'propagation',
    runs: runCount,
    editsPerRun,
    ...figures,
    legs: Object.fromEntries(legs),
    timesPollingOnly: rounded(Number(figures.enforcedP50Ms) / (waveCount * (pollSeconds / 2) * 1_000), 2),
    /** Programs that ran or waited for a core in the minute before: 0 on an idle machine. */
    loadBefore: rounded(load, 1),
    held,
    pass,
    machine,
  }),
)
if (!pass) process.exitCode = 1
