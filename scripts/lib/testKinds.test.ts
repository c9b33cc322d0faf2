import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { reported, reports } from './testKinds.ts'
import { count, vitestTests } from './testReports.ts'

const name = 'of-a-test'
const file = join(reports, `${name}.json`)
afterEach(() => rmSync(file, { force: true }))

const green = JSON.stringify({
  testResults: [{ name: 'a.test.ts', assertionResults: [{ fullName: 'holds', status: 'passed', duration: 1 }] }],
})
const run = async (well: boolean, report?: string) => {
  const { endedWell, tests } = await reported(name, vitestTests, async (reportFile) => {
    if (report !== undefined) writeFileSync(reportFile, report)
    return { well, output: '', seconds: 1 }
  })
  return count(endedWell, tests)
}

it('a runner that reported only passed tests and then crashed is not green', async () => {
  expect(await run(true, green)).toEqual({ passed: 1, failed: 0, skipped: 0 })
  expect(await run(false, green)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

it('the report of an earlier run does not count', async () => {
  mkdirSync(reports, { recursive: true })
  writeFileSync(file, green)
  expect(await run(true)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})
