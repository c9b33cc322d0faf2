// What people wait for: largest contentful paint, layout shift and the JavaScript that a page's first load needs.
// The peer in the same run is the sign-in page, which has the framework and almost no code of ours.
import type { Page } from '@playwright/test'
import { until } from '@tickwatch/local'
import { machine, onPlatform, quantile, rounded, signedIn } from './lib/platform.ts'

const visits = 5
const held = { largestContentfulPaintMs: 1_500, layoutShift: 0.05, firstLoadJavaScriptKb: 250 }
const pages = {
  '/': 'platform-1@tickwatch.example',
  '/t/acme': 'admin@acme.example',
  '/t/acme/quotas': 'admin@acme.example',
  '/t/acme/readers': 'admin@acme.example',
  '/approvals': 'platform-1@tickwatch.example',
  '/gateways': 'platform-1@tickwatch.example',
  '/gateways/gateway-1': 'platform-1@tickwatch.example',
  '/tenants': 'platform-1@tickwatch.example',
  '/access': 'platform-1@tickwatch.example',
  '/audit': 'platform-1@tickwatch.example',
}

/** Runs in the page before the page's own scripts. */
const observe = `
  window.seen = { paint: 0, shift: 0 };
  new PerformanceObserver((list) => { for (const e of list.getEntries()) window.seen.paint = e.startTime })
    .observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.seen.shift += e.value })
    .observe({ type: 'layout-shift', buffered: true });`

type Visit = { paintMs: number; shift: number; scriptKb: number }

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

const results: Record<string, { paintMs: number | null; shift: number | null; scriptKb: number | null }> = {}

await onPlatform(async (platform, browser) => {
  const sessions = new Map<string, Page>()
  const measure = async (name: string, page: Page) => {
    const all: Visit[] = []
    for (let i = 0; i < visits; i += 1) {
      // Each visit is a first visit: the browser's cache has nothing of the portal.
      const client = await page.context().newCDPSession(page)
      await client.send('Network.clearBrowserCache')
      all.push(await visit(page, `${platform.state.addresses.portal}${name}`))
      await client.detach()
    }
    results[name] = {
      paintMs: rounded(
        quantile(
          all.map((v) => v.paintMs),
          0.5,
        ),
      ),
      shift: rounded(
        quantile(
          all.map((v) => v.shift),
          1,
        ),
        4,
      ),
      scriptKb: rounded(
        quantile(
          all.map((v) => v.scriptKb),
          1,
        ),
        1,
      ),
    }
    const { paintMs, shift, scriptKb } = results[name]
    console.log(`${name.padEnd(22)} paint ${paintMs} ms   shift ${shift}   JavaScript ${scriptKb} KB`)
  }
  for (const [path, email] of Object.entries(pages)) {
    let page = sessions.get(email)
    if (!page) {
      page = await signedIn(browser, platform, email, '/')
      await page.addInitScript(observe)
      sessions.set(email, page)
    }
    await measure(path, page)
  }
  const stranger = await (await browser.newContext()).newPage()
  await stranger.addInitScript(observe)
  await measure('/signin', stranger)
})

const { '/signin': peer, ...measured } = results
const worst = (of: (r: (typeof results)[string]) => number | null) =>
  Math.max(...Object.values(measured).map((r) => of(r) ?? Number.POSITIVE_INFINITY))
const result = {
  bench: 'portal',
  visits,
  pages: measured,
  worst: {
    largestContentfulPaintMs: worst((r) => r.paintMs),
    layoutShift: worst((r) => r.shift),
    firstLoadJavaScriptKb: worst((r) => r.scriptKb),
  },
  timesSignIn: {
    paint: rounded(worst((r) => r.paintMs) / (peer?.paintMs ?? Number.NaN), 2),
    javaScript: rounded(worst((r) => r.scriptKb) / (peer?.scriptKb ?? Number.NaN), 2),
  },
  held,
  pass:
    worst((r) => r.paintMs) <= held.largestContentfulPaintMs &&
    worst((r) => r.shift) <= held.layoutShift &&
    worst((r) => r.scriptKb) <= held.firstLoadJavaScriptKb,
  machine,
}
console.log(JSON.stringify(result))
if (!result.pass) process.exitCode = 1
