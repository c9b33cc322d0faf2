import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { half, screenshots } from './platform.ts'

/** The rules whose result depends on width and colours. For the others one check of each state is enough. */
const rulesOfLook = ['color-contrast', 'target-size', 'scrollable-region-focusable']
const looks = [
  { look: 'wide-dark', width: 1440, height: 900, scheme: 'dark', axe: null },
  { look: 'narrow-dark', width: 390, height: 844, scheme: 'dark', axe: rulesOfLook },
  { look: 'narrow-light', width: 390, height: 844, scheme: 'light', axe: null },
  { look: 'wide-light', width: 1440, height: 900, scheme: 'light', axe: 'every rule' },
] as const
type Look = (typeof looks)[number]

async function wear(page: Page, { width, height, scheme }: Look) {
  await page.setViewportSize({ width, height })
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  // Scripts follow the colour scheme in the next frame.
  await expect(page.locator(`html[data-mantine-color-scheme=${scheme}]`)).toBeAttached()
  await page.evaluate('new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))')
}

/** Waits until the page has its heading and no skeleton is left. */
export async function settled(page: Page) {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0)
}

/** What axe finds wrong. Its legacy mode opens no page of its own, and misses only frames, of which we have none. */
export async function axe(page: Page, rules: 'every rule' | typeof rulesOfLook = 'every rule') {
  const builder = new AxeBuilder({ page }).setLegacyMode()
  if (rules !== 'every rule') builder.withRules(rules)
  const { violations } = await builder.analyze()
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
}

/** Pictures are for people, and take a minute of CPU time in all, so they are taken only if somebody wants them. */
const wanted = process.env.PICTURES === '1'

/** Takes a picture of the whole page. A dialog scrolls on its own, so of a page with one only what fits the window. */
export async function picture(page: Page, name: string, look: string) {
  if (!wanted) return
  const fullPage = (await page.getByRole('dialog').count()) === 0
  await page.screenshot({ path: join(screenshots, `${name}-${look}.png`), fullPage })
}

async function expectNoOverflow(page: Page, name: string, { look }: Look) {
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect.soft(overflow, `${name} ${look} scrolls sideways`).toBeLessThanOrEqual(0)
}

/** Whether pages are checked in every state, and by axe in two looks. That takes minutes, so the halves of `npm test` do not. */
export const everyLook = wanted || half === undefined || half === 'long'

/**
 * Checks the page as it is against the rules for every page, without a reload. Axe runs once with every rule, and in
 * `npm run test:long` once more in the other width and colours with the rules that depend on them. What a narrow screen
 * shows differently has tests of its own with every rule. With `PICTURES=1` it also takes a picture in each look. The page
 * is wide and light afterwards.
 */
export async function inspect(page: Page, name: string) {
  await settled(page)
  await test.step(`${name} in every look`, async () => {
    // The other looks are only for pictures.
    for (const look of wanted ? looks : looks.filter(({ axe }) => axe)) {
      await wear(page, look)
      await picture(page, name, look.look)
      await expectNoOverflow(page, name, look)
      if (look.axe === 'every rule' || (look.axe && everyLook))
        expect.soft(await axe(page, look.axe), `${name} ${look.look}`).toEqual([])
    }
  })
}
