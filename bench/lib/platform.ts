import { mkdtempSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import { type Platform, startPlatform } from '@tickwatch/local'
import { chromiumArguments, chromiumPath } from '../../e2e/src/chromium.ts'

export const root = join(import.meta.dirname, '../..')
export const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }

/** The `q` quantile of the values, with `q` from 0 to 1. Null if there are none. */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null
}
export const rounded = (value: number | null, digits = 0) => (value === null ? null : Number(value.toFixed(digits)))

/**
 * Starts a platform and a browser for `work`. Stops and deletes them when it ends.
 * @param prepare puts what the parts find when they start into the folder of the platform
 */
export async function onPlatform<T>(
  work: (platform: Platform, browser: Browser) => Promise<T>,
  prepare?: (stateDir: string) => void,
): Promise<T> {
  // In the repository, because a path in /tmp may be too long for a Unix socket, or on another file system.
  const stateDir = mkdtempSync(join(root, '.tickwatch-bench-'))
  try {
    prepare?.(stateDir)
    const platform = await startPlatform({ stateDir, portOffset: 6_000 })
    try {
      const executablePath = await chromiumPath(join(stateDir, 'chromium'))
      const browser = await chromium.launch({ executablePath, args: chromiumArguments })
      try {
        return await work(platform, browser)
      } finally {
        await browser.close()
      }
    } finally {
      await platform.stop()
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true })
  }
}

/** A page in its own session, signed in as a person of the local issuer. */
export async function signedIn(browser: Browser, { state }: Platform, email: string, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${state.addresses.portal}${path}`)
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(state.password)
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.waitForURL(`${state.addresses.portal}${path}`)
  return page
}
