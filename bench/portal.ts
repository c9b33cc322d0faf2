// What people wait for: largest contentful paint, layout shift and the JavaScript that a page's first load needs.
// The peer in the same run is the sign-in page, which has the framework and almost no code of ours.
import type { Page } from '@playwright/test'
import { machine, onPlatform, quantile, rounded, signedIn } from './lib/platform.ts'
import { firstVisits, observe } from './lib/visit.ts'

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

const results: Record<string, { paintMs: number | null; shift: number | null; scriptKb: number | null }> = {}

await onPlatform(async (platform, browser) => {
  const sessions = new Map<string, Page>()
  const measure = async (name: string, page: Page) => {
    const all = await firstVisits(page, `${platform.state.addresses.portal}${name}`, visits)
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
