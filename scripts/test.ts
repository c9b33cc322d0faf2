// Runs all tests, or the kinds that are named. The kinds run side by side. Each shows its whole output when it ends,
// and the last line sums up.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endAll } from './lib/children.ts'
import { say, step } from './lib/steps.mjs'
import { groups, kinds, pure, reports } from './lib/testKinds.ts'
import { type Counts, count, slowest, type TestResult } from './lib/testReports.ts'

type Result = Counts & { seconds: number; tests: TestResult[] }

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(kinds, name) && !Object.hasOwn(groups, name))
if (unknown.length > 0) {
  const all = [...Object.keys(kinds), ...Object.keys(groups)].join(', ')
  console.error(`There are no ${unknown.join(', ')} tests; there are: ${all}`)
  process.exit(2)
}
const named = asked.flatMap((name) => groups[name] ?? [name])
const wanted = new Set(named.length === 0 ? Object.keys(kinds).filter((name) => !kinds[name]?.byName) : named)
if (![...wanted].every((name) => pure.includes(name))) wanted.add('set-up')

let endedBy: NodeJS.Signals | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    endedBy ??= signal
    endAll(signal)
  })
}

// The bootstrap that started this is gone, so nothing else can end the kinds.
process.on('disconnect', () => {
  endedBy ??= 'SIGHUP'
  endAll('SIGTERM')
})
process.channel?.unref()

const startedAt = performance.now()
const secondsSince = (at: number) => (performance.now() - at) / 1_000
const running = new Map<string, Promise<Result>>()

/** Runs a kind once, after the kinds that it needs. If one of those failed, it fails without running. */
function result(name: string): Promise<Result> {
  const known = running.get(name) ?? run(name)
  running.set(name, known)
  return known
}

async function run(name: string): Promise<Result> {
  const { needs = [], after = [], run: start } = kinds[name] as (typeof kinds)[string]
  const resultsOf = (others: readonly string[]) => Promise.all(others.filter((other) => wanted.has(other)).map(result))
  const [needed] = await Promise.all([resultsOf(needs), resultsOf(after)])
  if (endedBy || needed.some(({ failed }) => failed > 0)) return { ...count(false, []), seconds: 0, tests: [] }
  const begunAt = performance.now()
  const work = async (): Promise<Result> => {
    const { endedWell, tests, output } = await start()
    const seconds = secondsSince(begunAt)
    if (!endedBy && output.trim() !== '') say(`\n── ${name}\n${output.trimEnd()}\n`)
    return { ...count(endedWell, tests), seconds, tests }
  }
  return step(name, work, ({ failed }) => failed === 0)
}

const names = Object.keys(kinds).filter((name) => wanted.has(name))
const results = await Promise.all(names.map(async (name) => ({ name, ...(await result(name)) })))
if (endedBy) {
  console.error(`ended by ${endedBy}`)
  process.exit(1)
}

const indented = (lines: readonly string[]) => lines.map((line) => `\n      ${line}`).join('')
const rounded = (seconds: number) => Number(seconds.toFixed(1))
const total = { passed: 0, failed: 0, skipped: 0 }
for (const { passed, failed, skipped } of results) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
}
const totalSeconds = rounded(secondsSince(startedAt))
mkdirSync(reports, { recursive: true })
const seconds = Object.fromEntries(results.map((each) => [each.name, rounded(each.seconds)]))
writeFileSync(join(reports, 'summary.json'), JSON.stringify({ totalSeconds, seconds, ...total }))

const tests = results.flatMap(({ name, tests }) => tests.map((test) => ({ ...test, kind: name })))
console.log('\nThe slowest tests')
for (const test of slowest(tests, 10))
  console.log(`  ${test.seconds.toFixed(1).padStart(6)} s  ${test.kind}  ${test.name}`)
// Each kind's output has them too, but far above.
for (const { kind, name, fault = '' } of tests.filter(({ status }) => status === 'failed'))
  console.log(`\n  ✗ ${kind}  ${name}${indented(fault.trimEnd().split('\n').slice(0, 12))}`)
console.log(`\nThe kinds, ${totalSeconds} s in all`)
for (const { name, passed, failed, seconds } of results) {
  console.log(
    `  ${failed === 0 ? '✓' : '✗'} ${name.padEnd(12)} ${passed} passed, ${failed} failed  ${seconds.toFixed(1)} s`,
  )
}
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed === 0 ? 0 : 1
