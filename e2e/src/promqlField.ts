import { expect, type Locator } from '@playwright/test'
import { inspect } from './looks.ts'

/** Replaces what is in a field of the SLO form by a selector, for which the person chooses names with the keyboard. */
export async function typeWithCompletion(field: Locator): Promise<void> {
  const page = field.page()
  const offered = page.getByRole('listbox', { name: 'Completions' })
  const options = offered.getByRole('option')
  const chosen = offered.getByRole('option', { selected: true })
  await field.fill('')
  await field.pressSequentially('tickwatch_ingest_')
  await expect(options.filter({ hasText: 'tickwatch_ingest_requests_total' })).toBeVisible()
  await expect(chosen).toHaveText(await options.nth(0).innerText())
  await page.keyboard.press('ArrowDown')
  await expect(chosen).toHaveText(await options.nth(1).innerText())
  await inspect(page, 'slo-completion')
  await page.keyboard.type('requ')
  await expect(chosen).toHaveText('tickwatch_ingest_requests_total')
  await page.keyboard.press('Enter')
  await page.keyboard.type('{co')
  await expect(chosen).toHaveText('code')
  await page.keyboard.press('Enter')
  await page.keyboard.type('!~"')
  await expect(options.filter({ hasText: /^\d{3}$/ }).first()).toBeVisible()
  await page.keyboard.type('429|529"}')
  await expect(offered).toHaveCount(0)
}
