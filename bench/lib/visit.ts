import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { until } from '@tickwatch/local'

/** Runs in the page before the page's own scripts. */
export const observe = `
  window.seen = { paint: 0, shift: 0 };
  new PerformanceObserver((list) => { for (const e of list.getEntries()) window.seen.paint = e.startTime })
    .observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.seen.shift += e.value })
    .observe({ type: 'layout-shift', buffered: true });`

export type Visit = { paintMs: number; shift: number; scriptKb: number }

/** The portal lets a person open one page a second, after a burst of six: figures of a faster one would be of its waits. */
const visitEveryMs = 1_000

/** First visits of a page that has {@link observe}: each time the browser's cache has nothing of the portal. */
export async function firstVisits(page: Page, url: string, visits: number): Promise<Visit[]> {
  const all: Visit[] = []
  for (let i = 0; i < visits; i += 1) {
    const client = await page.context().newCDPSession(page)
    await client.send('Network.clearBrowserCache')
    const [visited] = await Promise.all([visit(page, url), wait(visitEveryMs)])
    all.push(visited)
    await client.detach()
  }
  return all
}

async function visit(page: Page, url: string): Promise<Visit> {
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await until('the page has its data', async () => (await page.locator('.mantine-Skeleton-root').count()) === 0)
  return page.evaluate<Visit>(`({
    paintMs: window.seen.paint,
    shift: window.seen.shift,
    // Only scripts requested before the first paint. The charts' scripts load later.
    scriptKb: performance.getEntriesByType('resource')
      .filter((e) => e.name.endsWith('.js') && e.startTime < performance.getEntriesByName('first-contentful-paint')[0].startTime)
      .reduce((sum, e) => sum + e.encodedBodySize, 0) / 1024,
  })`)
}
