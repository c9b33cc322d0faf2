import { expect, type Page } from '@playwright/test'
import { fleetEnforces } from './fleet.ts'

export const quotasPage = '/t/acme/quotas'

/** Opens the editor of samples per second and fills it in. */
export async function draft(page: Page, samplesPerSecond: number, reason: string) {
  await page.getByRole('button', { name: 'Edit samples per second' }).click()
  const drawer = page.getByRole('dialog', { name: 'Edit quota' })
  await drawer.getByRole('textbox', { name: 'Samples per second' }).fill(String(samplesPerSecond))
  await drawer.getByRole('textbox', { name: 'Reason' }).fill(reason)
  return drawer
}

/** Edits samples per second in the browser and presses the button, which names verb and number. */
export async function edit(page: Page, samplesPerSecond: number, reason: string, verb: 'Apply' | 'Ask for') {
  const drawer = await draft(page, samplesPerSecond, reason)
  const words = `${verb} ${samplesPerSecond.toLocaleString('en')} samples/s`
  await drawer.getByRole('button', { name: words }).click()
  await expect(drawer).toBeHidden()
}

/** Waits until the page says that every gateway enforces the change. */
export const enforcedByAll = (within: Pick<Page, 'getByText'>) =>
  expect(within.getByText(fleetEnforces).first()).toBeVisible({ timeout: 20_000 })
