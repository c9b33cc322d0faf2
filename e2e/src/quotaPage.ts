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

/**
 * Waits until the strip shows that the last ring enforces the change for which the person clicks next.
 * @returns the time after the click that the strip says, the one after which it was in the page, and for how much of that the
 * page had no turn on the processor
 */
export const stripTimes = (page: Page) =>
  page.evaluate<{ saidMs: number; shownMs: number; stalledMs: number }>(`new Promise((resolve) => {
    let clickedAt = 0
    let shownAt = 0
    let lastTurn = 0
    let stalledMs = 0
    const everyMs = 50
    const turn = () => {
      const now = Date.now()
      if (clickedAt > 0 && shownAt === 0) stalledMs += Math.max(0, now - Math.max(lastTurn, clickedAt) - everyMs)
      lastTurn = now
    }
    const turns = setInterval(turn, everyMs)
    addEventListener('click', () => { clickedAt = Date.now() }, { capture: true })
    const observer = new MutationObserver(() => {
      const last = document.querySelector('ol[aria-label="Propagation"] > li:last-child')
      if (clickedAt === 0 || last?.dataset.state !== 'done') return
      turn()
      shownAt ||= Date.now()
      const said = /\\(([\\d.]+) (ms|s)\\)/.exec(last.textContent)
      if (!said) return
      observer.disconnect()
      clearInterval(turns)
      resolve({ saidMs: Number(said[1]) * (said[2] === 's' ? 1_000 : 1), shownMs: shownAt - clickedAt, stalledMs })
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
  })`)
