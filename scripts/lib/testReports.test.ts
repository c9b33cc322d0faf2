import { describe, expect, it } from 'vitest'
import { count, playwrightTests, slowest, type TestResult, vitestTests } from './testReports.ts'

const test = (status: TestResult['status']) => ({ name: 'a test', seconds: 1, status })
const [passed, failed, skipped] = [test('passed'), test('failed'), test('skipped')]

describe('a run is green only if its exit code and its report both say so', () => {
  it.each<[string, boolean, TestResult[], [passed: number, failed: number, skipped: number]]>([
    ['all passed', true, [passed, passed], [2, 0, 0]],
    ['some were skipped', true, [passed, skipped], [1, 0, 1]],
    ['some failed', false, [passed, failed], [1, 1, 0]],
    ['some failed and the exit code hides it', true, [passed, failed], [1, 1, 0]],
    ['it crashed after all had passed', false, [passed, passed], [2, 1, 0]],
    ['it crashed and left no report', false, [], [0, 1, 0]],
    ['it ended well and left no report', true, [], [0, 1, 0]],
    ['it ended well and ran nothing', true, [skipped], [0, 1, 1]],
  ])('%s', (_, endedWell, tests, counts) => {
    expect(Object.values(count(endedWell, tests))).toEqual(counts)
  })
})

const vitestReport = JSON.stringify({
  testResults: [
    {
      name: '/here/limits.test.ts',
      assertionResults: [
        { fullName: 'a limit holds', status: 'passed', duration: 1_500 },
        { fullName: 'a limit ends', status: 'failed', duration: 20, failureMessages: ['Error: \u001b[31m2\u001b[39m'] },
        { fullName: 'a limit to come', status: 'todo' },
      ],
    },
  ],
})
const playwrightReport = JSON.stringify({
  suites: [
    {
      specs: [
        { title: 'a page', file: 'pages.spec.ts', tests: [{ status: 'expected', results: [{ duration: 2_000 }] }] },
      ],
      suites: [
        {
          specs: [
            {
              title: 'a step',
              file: 'pages.spec.ts',
              tests: [{ status: 'unexpected', results: [{ duration: 100, errors: [{ message: 'no such button' }] }] }],
            },
            { title: 'a retry', file: 'pages.spec.ts', tests: [{ status: 'flaky', results: [] }] },
            { title: 'never', file: 'pages.spec.ts', tests: [{ status: 'skipped', results: [] }] },
          ],
        },
      ],
    },
  ],
})

it('reads every test of a report of Vitest', () => {
  expect(vitestTests(vitestReport)).toEqual([
    { name: 'limits.test.ts › a limit holds', seconds: 1.5, status: 'passed' },
    { name: 'limits.test.ts › a limit ends', seconds: 0.02, status: 'failed', fault: 'Error: 2' },
    { name: 'limits.test.ts › a limit to come', seconds: 0, status: 'skipped' },
  ])
})

it('reads every test of a report of Playwright, at any depth', () => {
  expect(playwrightTests(playwrightReport)).toEqual([
    { name: 'pages.spec.ts › a step', seconds: 0.1, status: 'failed', fault: 'no such button' },
    { name: 'pages.spec.ts › a retry', seconds: 0, status: 'failed' },
    { name: 'pages.spec.ts › never', seconds: 0, status: 'skipped' },
    { name: 'pages.spec.ts › a page', seconds: 2, status: 'passed' },
  ])
})

it.each([
  ['Vitest', vitestTests, vitestReport],
  ['Playwright', playwrightTests, playwrightReport],
])('finds no test in half a report of %s, or in an empty one', (_, read, report) => {
  for (const text of ['', '{}', report.slice(0, report.length / 2)]) {
    expect(read(text)).toEqual([])
    expect(count(true, read(text)).failed).toBe(1)
  }
})

it('names the slowest first', () => {
  expect(slowest([{ seconds: 1 }, { seconds: 3 }, { seconds: 2 }], 2)).toEqual([{ seconds: 3 }, { seconds: 2 }])
})
