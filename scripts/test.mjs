// All tests, or those named: lint, types, unit, integration, e2e. Each shows its own output; the last line sums up.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { node } from './lib/packages.mjs'
import { cache, root } from './lib/steps.mjs'

const reports = join(cache, 'test-reports')
mkdirSync(reports, { recursive: true })

/** What runs now; what ends this process ends it first. Ctrl-C reaches it anyway. */
let running
let endedBy
for (const signal of ['SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endedBy = signal
    running?.kill(signal)
  })
}

/** Runs in the foreground. @returns whether it ended well. */
function show(command, args, env = {}) {
  if (endedBy) return Promise.resolve(false)
  return new Promise((resolve) => {
    running = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
    running.on('error', (error) => {
      console.error(error.message)
      resolve(false)
    })
    running.on('exit', (code) => resolve(code === 0))
  })
}

/** Where a run reports; what an earlier one said is gone. */
function reportFile(name) {
  const file = join(reports, `${name}.json`)
  rmSync(file, { force: true })
  return file
}
const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined)

/** A check without tests of its own counts as one. */
const check = (script) => async () => {
  const well = await show('npm', ['run', '--silent', script])
  return { passed: well ? 1 : 0, failed: well ? 0 : 1, skipped: 0 }
}

const vitest = (project) => async () => {
  const file = reportFile(project)
  const well = await show(node, [
    ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  ])
  const report = readReport(file)
  const counted = {
    passed: report?.numPassedTests ?? 0,
    failed: report?.numFailedTests ?? 0,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  }
  return atLeastOneFailed(well, counted)
}

const playwright = async () => {
  const config = join(root, 'e2e/playwright.config.ts')
  const file = reportFile('e2e')
  const well = await show(
    node,
    [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '-c', config, '--reporter=list,json'],
    { PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  )
  const stats = readReport(file)?.stats
  return atLeastOneFailed(well, {
    passed: (stats?.expected ?? 0) + (stats?.flaky ?? 0),
    failed: stats?.unexpected ?? 0,
    skipped: stats?.skipped ?? 0,
  })
}

/** A run that broke before or beside its tests must not look green. */
const atLeastOneFailed = (well, counted) => (well || counted.failed > 0 ? counted : { ...counted, failed: 1 })

const kinds = {
  lint: check('lint'),
  types: check('typecheck'),
  unit: vitest('unit'),
  integration: vitest('integration'),
  e2e: playwright,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(kinds, name))
if (unknown.length > 0) {
  console.error(`There are no ${unknown.join(', ')} tests; there are: ${Object.keys(kinds).join(', ')}`)
  process.exit(2)
}

const total = { passed: 0, failed: 0, skipped: 0 }
const lines = []
for (const name of asked.length > 0 ? asked : Object.keys(kinds)) {
  console.log(`\n── ${name}`)
  const startedAt = Date.now()
  const { passed, failed, skipped } = await kinds[name]()
  if (endedBy) {
    console.error(`ended by ${endedBy}`)
    process.exit(1)
  }
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  lines.push(`  ${failed === 0 ? '✓' : '✗'} ${name.padEnd(12)} ${passed} passed, ${failed} failed  ${seconds} s`)
}
console.log(`\n${lines.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed === 0 ? 0 : 1
