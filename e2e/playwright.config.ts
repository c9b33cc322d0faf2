import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { chromiumArguments, chromiumPath } from './src/chromium.ts'
import { half, portalUrl, stateDir } from './src/platform.ts'

/** Tests that break parts and mostly wait. All others look at pages and mostly compute. */
const faults = ['docs', 'drift', 'live', 'readers', 'resilience', 'shares', 'tour'].map((name) => `**/${name}.spec.ts`)
const secrets = '**/secrets.spec.ts'
const files = {
  faults: { testMatch: faults, testIgnore: secrets },
  pages: { testIgnore: [...faults, secrets] },
  all: { testIgnore: secrets },
}

export default defineConfig({
  testDir: './tests',
  outputDir: `./test-results/${half ?? 'all'}`,
  globalSetup: './src/globalSetup.ts',
  // The tests change the limits of their platform: one at a time, in the order of their files.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  projects: [
    { name: half ?? 'all', ...files[half ?? 'all'], teardown: 'secrets' },
    // It looks through the logs of all that ran before, so it comes last.
    { name: 'secrets', testMatch: secrets },
  ],
  use: {
    baseURL: portalUrl,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
    locale: 'en-GB',
    // A film of every test would take a third of its time; the trace has the pages as they were.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: await chromiumPath(join(stateDir, 'chromium')), args: chromiumArguments },
  },
})
