import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, runBuffered } from './children.ts'
import { node } from './packages.mjs'
import { cache, root } from './steps.mjs'
import { playwrightTests, type TestResult, vitestTests } from './testReports.ts'
import { shellcheck } from './tools/shellcheck.mjs'

type Outcome = { endedWell: boolean; tests: TestResult[]; output: string }
type Kind = {
  run(): Promise<Outcome>
  /** Kinds that must succeed before this one begins, if they are run at all. */
  needs?: readonly string[]
  /** Run only if it is named. */
  byName?: true
  /** Kinds that must end before this one begins, if they are run at all: there are few cores. */
  after?: readonly string[]
}

export const reports = join(cache, 'test-reports')

/** Commands without tests of their own, side by side; each counts as one test. */
async function checks(commands: Record<string, readonly string[]>): Promise<Outcome> {
  const ended = await Promise.all(
    Object.entries(commands).map(async ([name, [command = '', ...args]]) => ({
      name,
      ...(await runBuffered(command, args)),
    })),
  )
  return {
    endedWell: ended.every(({ well }) => well),
    tests: ended.map(({ name, seconds, well }) => ({ name, seconds, status: well ? 'passed' : 'failed' })),
    output: ended.map(({ output }) => output).join(''),
  }
}

/** Runs a test runner that writes a report. The report of an earlier run is deleted first. */
export async function reported(
  name: string,
  read: (text: string) => TestResult[],
  start: (reportFile: string) => Promise<Ended>,
): Promise<Outcome> {
  mkdirSync(reports, { recursive: true })
  const file = join(reports, `${name}.json`)
  rmSync(file, { force: true })
  const { well, output } = await start(file)
  return { endedWell: well, tests: read(existsSync(file) ? readFileSync(file, 'utf8') : ''), output }
}

const vitest =
  (project: string, name = project, filters: string[] = [], environment: Record<string, string> = {}) =>
  () =>
    reported(name, vitestTests, (file) =>
      runBuffered(
        node,
        [
          ...[join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, ...filters],
          ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
        ],
        environment,
      ),
    )

const playwright =
  (half: string, environment: Record<string, string> = {}) =>
  () =>
    reported(`e2e-${half}`, playwrightTests, (file) =>
      runBuffered(
        node,
        [
          ...[join(root, 'node_modules/@playwright/test/cli.js'), 'test'],
          ...['-c', join(root, 'e2e/playwright.config.ts'), '--reporter=list,json'],
        ],
        { E2E_HALF: half, PLAYWRIGHT_JSON_OUTPUT_FILE: file, ...environment },
      ),
    )

/** Checks that need neither a server nor the built portal. */
export const pure = ['lint', 'types', 'unit']
const cruised = ['apps', 'agents', 'packages', 'packer', 'local', 'e2e', 'bench', 'scripts']
/** Each with all that it sources. The programs in the images have no ending. */
const shellScripts = () =>
  globSync(['packer/**/*.sh', 'packer/rootfs/*/usr/libexec/*/*'], { cwd: root, exclude: ['**/node_modules'] })
    .filter((file) => readFileSync(join(root, file), 'utf8').startsWith('#!'))
    .sort()

export const kinds: Record<string, Kind> = {
  'set-up': { run: () => checks({ 'set-up': [node, 'scripts/bootstrap.mjs', 'setup'] }) },
  lint: {
    run: () =>
      checks({
        biome: ['biome', 'check', '--error-on-warnings'],
        'import rules': [node, 'scripts/importRules.mjs', ...cruised, '--config', '.dependency-cruiser.cjs'],
        knip: ['knip'],
        shellcheck: [shellcheck, '--check-sourced', '--external-sources', '--source-path=SCRIPTDIR', ...shellScripts()],
      }),
  },
  // `next build` writes the types of the portal's routes.
  types: {
    needs: ['set-up'],
    run: () =>
      checks({
        types: ['tsc', '--noEmit'],
        'types of rooms with other settings': ['turbo', 'run', 'typecheck'],
      }),
  },
  unit: { run: vitest('unit') },
  integration: { needs: ['set-up'], after: ['lint', 'unit'], run: vitest('integration') },
  // Each property runs this often, from a new seed. In `npm test` it runs a few times, from a seed that never changes.
  fuzz: {
    byName: true,
    needs: ['set-up'],
    run: vitest('integration', 'fuzz', ['fuzz.int.test.ts', 'relay.int.test.ts'], { FUZZ_RUNS: '300' }),
  },
  'e2e-faults': { needs: ['set-up'], run: playwright('faults') },
  'e2e-pages': { needs: ['set-up'], run: playwright('pages') },
  // Proofs that take long. The kinds of `npm test` have a short form of each.
  'integration-long': { byName: true, needs: ['set-up'], run: vitest('long') },
  'e2e-long': { byName: true, needs: ['set-up'], after: ['integration-long'], run: playwright('long') },
  // `integration` has the same way of an alert, with rules that fire at once and without a browser.
  incidents: { byName: true, needs: ['set-up'], run: playwright('incidents') },
  // `integration` has a short form of it: rollouts by the real API, and rollouts of real gateways, each without the other.
  rollouts: { byName: true, needs: ['set-up'], run: playwright('rollouts') },
  // On a platform of its own, and each quiet and each noisy time this long. `e2e-faults` has a short form of it.
  neighbours: { byName: true, needs: ['set-up'], run: playwright('neighbours', { NEIGHBOURS_SECONDS: '30' }) },
}
/** Names for several kinds together. */
export const groups: Record<string, readonly string[]> = {
  e2e: ['e2e-faults', 'e2e-pages'],
  long: ['integration-long', 'e2e-long'],
}
