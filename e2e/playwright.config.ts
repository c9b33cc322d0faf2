import { join } from 'node:path'
import { defineConfig } from '@playwright/test'
import { chromiumArguments, chromiumPath } from './src/chromium.ts'
import { portalUrl, stateDir } from './src/platform.ts'

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  globalSetup: './src/globalSetup.ts',
  // One platform for all tests, and they change its limits: one at a time, in the order of their files.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
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
