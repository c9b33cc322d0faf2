import { stripVTControlCharacters } from 'node:util'

/** One test, or one command without tests of its own. `fault` is the message of a test that failed. */
export type TestResult = { name: string; seconds: number; status: 'passed' | 'failed' | 'skipped'; fault?: string }
export type Counts = Record<TestResult['status'], number>

/**
 * Counts the results of a run, which is green only if both its exit code and its report say so. A run that crashed,
 * that left no report, or that ran no test counts as one failure.
 */
export function count(endedWell: boolean, tests: readonly TestResult[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const { status } of tests) counts[status] += 1
  const believable = endedWell && counts.passed > 0
  return believable || counts.failed > 0 ? counts : { ...counts, failed: 1 }
}

type VitestReport = {
  testResults?: {
    name: string
    assertionResults: {
      fullName: string
      status: string
      duration?: number | null
      failureMessages?: string[]
    }[]
  }[]
}

/** The tests in Vitest's JSON report; none if there is no report or only a part of one. */
export const vitestTests = (text: string): TestResult[] =>
  (parsed<VitestReport>(text)?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, duration, failureMessages }) => ({
      name: `${name.split('/').at(-1)} › ${fullName}`,
      seconds: (duration ?? 0) / 1_000,
      status: status === 'passed' || status === 'failed' ? status : ('skipped' as const),
      ...faultOf(failureMessages),
    })),
  )

type Suite = {
  suites?: Suite[]
  specs?: { title: string; file: string; tests: { status: string; results: PlaywrightResult[] }[] }[]
}
type PlaywrightResult = { duration: number; errors?: { message?: string }[] }

/** The tests in Playwright's JSON report; none if there is no report or only a part of one. */
export const playwrightTests = (text: string): TestResult[] => testsOf(parsed<Suite>(text) ?? {})

const testsOf = ({ suites = [], specs = [] }: Suite): TestResult[] => [
  ...suites.flatMap(testsOf),
  ...specs.flatMap(({ title, file, tests }) =>
    tests.map(
      ({ status, results }): TestResult => ({
        name: `${file.split('/').at(-1)} › ${title}`,
        seconds: results.reduce((sum, { duration }) => sum + duration, 0) / 1_000,
        // We retry nothing, so a test that passed at the second attempt counts as failed.
        status: status === 'expected' ? 'passed' : status === 'skipped' ? 'skipped' : 'failed',
        ...faultOf(results.flatMap(({ errors = [] }) => errors.map(({ message = '' }) => message))),
      }),
    ),
  ),
]

const faultOf = (messages: readonly string[] = []) =>
  messages.length === 0 ? {} : { fault: stripVTControlCharacters(messages.join('\n')) }

function parsed<Report>(text: string): Report | null {
  try {
    return JSON.parse(text) as Report
  } catch (fault) {
    if (fault instanceof SyntaxError) return null
    throw fault
  }
}

/** The slowest tests of all kinds, the slowest first. */
export const slowest = <Test extends { seconds: number }>(tests: readonly Test[], most: number): Test[] =>
  tests.toSorted((a, b) => b.seconds - a.seconds).slice(0, most)
