import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { chromiumArguments, chromiumPath } from './src/chromium.ts'
import { half, portalUrl, stateDir } from './src/platform.ts'

/** Tests that break parts of the platform, and as many others as make both halves take as long. */
const breaking = ['docs', 'drift', 'live', 'readers', 'resilience', 'slos', 'slosForm']
const faults = [...breaking, 'maintenance', 'notifications', 'rollouts'].map((name) => `**/${name}.spec.ts`)
/** Proofs that take long, which are run by name. The other files have a short form of each. */
const long = '**/*.long.spec.ts'
/** In `test:long` axe looks at each page twice (`looks.ts`). */
const everyPage = '**/pages.spec.ts'
const neighbours = '**/neighbours.spec.ts'
/** It waits for minutes of a burning budget, so it is run by name. */
const incidents = '**/incidents.spec.ts'
/** It waits until images have baked, on a platform whose gateways are a fleet. */
const rollouts = '**/realRollouts.spec.ts'
const secrets = '**/secrets.spec.ts'
const files = {
  faults: { testMatch: faults },
  pages: { testIgnore: [...faults, incidents, long, neighbours, rollouts, secrets] },
  incidents: { testMatch: incidents },
  long: { testMatch: [long, everyPage] },
  neighbours: { testMatch: neighbours },
  rollouts: { testMatch: rollouts },
  all: { testIgnore: [neighbours, rollouts, secrets] },
}
const name = half ?? 'all'

export default defineConfig({
  testDir: './tests',
  outputDir: `./test-results/${half ?? 'all'}`,
  globalSetup: './src/globalSetup.ts',
  // The tests change the limits of their platform, so they run one at a time, in the order of their files.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  // It ends a test that hangs. On a machine that is busy with other work, a test takes four times as long.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  projects: [
    { name, ...files[name], teardown: 'secrets' },
    // It loads the machine and measures, so it comes when the other tests have ended, here and mostly in the other half too.
    ...(name === 'faults' || name === 'all' ? [{ name: 'neighbours', ...files.neighbours, dependencies: [name] }] : []),
    // It searches the logs of everything that ran before, so it comes last.
    { name: 'secrets', testMatch: secrets },
  ],
  use: {
    baseURL: portalUrl,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: await chromiumPath(join(stateDir, 'chromium')), args: chromiumArguments },
  },
})
