import { expect, type Page } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { pageOf } from '../src/portal.ts'
import { quotasPage } from '../src/quotaPage.ts'

const main = ['/', quotasPage, '/gateways', '/approvals', '/tenants', '/access', '/notifications', '/audit']

test('a page has its shape while it loads, moves little or not at all, shows the focus, and fits at 200 %', async ({
  browser,
}) => {
  const page = await pageOf(browser, 'platform1', '/tenants')

  await test.step('skeletons are shown until the answer arrives', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route(/tenant\.get/, async (route) => {
      await answered
      await route.continue()
    })
    await page.getByRole('table', { name: 'Tenants' }).getByRole('button', { name: 'acme', exact: true }).click()
    const drawer = page.getByRole('dialog')
    await expect(drawer.getByRole('status', { name: 'Loading tenant acme' })).toBeVisible()
    await expect(drawer.locator('.mantine-Skeleton-root').first()).toBeVisible()
    answer()
    await expect(drawer.getByRole('link', { name: 'Open acme’s quotas' })).toBeVisible()
    await expect(drawer.locator('.mantine-Skeleton-root')).toHaveCount(0)
  })

  await test.step('motion takes at most 150 ms, and there is none if the person asks for none', async () => {
    for (const [reducedMotion, longest] of [
      ['no-preference', 150],
      ['reduce', 1],
    ] as const) {
      await page.emulateMedia({ reducedMotion })
      for (const path of ['/', quotasPage, '/gateways']) {
        await page.goto(path)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
        expect(await slowest(page), `${path}, ${reducedMotion}`).toBeLessThanOrEqual(longest)
      }
    }
  })

  await test.step('the focus is visible', async () => {
    await page.goto(quotasPage)
    await expect(page.getByRole('table', { name: 'History' })).toBeVisible()
    const seen = new Set<string>()
    for (let i = 0; i < 45; i += 1) {
      await page.keyboard.press('Tab')
      const { name, visible } = await focused(page)
      expect(visible, name).toBe(true)
      seen.add(name)
    }
    expect(seen.size).toBeGreaterThan(25)
  })

  await test.step('at 200 % nothing scrolls sideways', async () => {
    // A window of 1440 by 900 at 200 %.
    await page.setViewportSize({ width: 720, height: 450 })
    for (const path of main) {
      await page.goto(path)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0)
      const beyond = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(beyond, path).toBeLessThanOrEqual(0)
    }
  })
  await page.context().close()
})

/** The longest transition or animation of anything on the page, in milliseconds. */
const slowest = (page: Page) =>
  page.evaluate<number>(`Math.max(...[...document.querySelectorAll('*')].flatMap((element) => {
    const { transitionDuration, animationName, animationDuration } = getComputedStyle(element)
    return [transitionDuration, animationName === 'none' ? '0s' : animationDuration]
      .flatMap((list) => list.split(', ')).map((time) => parseFloat(time) * (time.endsWith('ms') ? 1 : 1000))
  }))`)

/** The element with the focus, and whether its focus is visible; of a hidden input, on its label. */
const focused = (page: Page) =>
  page.evaluate<{ name: string; visible: boolean }>(`(() => {
    const element = document.activeElement
    const drawn = (one) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one)
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    }
    const label = element.nextElementSibling
    return {
      name: element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent).slice(0, 60),
      visible: drawn(element) || (element.tagName === 'INPUT' && label !== null && drawn(label)),
    }
  })()`)
