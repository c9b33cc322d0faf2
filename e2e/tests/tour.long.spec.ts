import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { backToNormal, inSync } from '../src/fleet.ts'
import { picture } from '../src/looks.ts'
import { signIn, until } from '../src/portal.ts'
import { edit, enforcedByAll, quotasPage } from '../src/quotaPage.ts'
import { producerOf } from '../src/traffic.ts'

type History = { points: { refused: number | null }[] }

/** How much of the time before the traffic the chart shows. */
const beforeMs = 60_000
/** Points of the chart, 15 s apart, so that the picture shows the refusals. */
const pointsRefused = 2

test('the chart of the last minutes shows what was used and refused, the limit and its changes, and the page says why', async ({
  page,
  platform,
  acme,
}) => {
  await inSync(platform)
  const producer = producerOf('acme', 'tour', 3_000)
  const startedAt = Date.now()
  producer.start()
  try {
    await until(
      'traffic over the limit is measured for a while',
      () =>
        acme.query<History>('usage.history', {
          limit: 'ingest.samplesPerSecond',
          from: new Date(startedAt).toISOString(),
          to: new Date().toISOString(),
        }),
      ({ points }) => points.filter(({ refused }) => (refused ?? 0) > 0).length >= pointsRefused,
      60_000,
    )
    await signIn(page, 'acmeAdmin', quotasPage)
    await edit(page, 8_000, 'Launch weekend in eu-central', 'Apply')
    await enforcedByAll(page)
    const url = new URL(page.url())
    url.searchParams.set('from', String(startedAt - beforeMs))
    url.searchParams.set('to', String(Date.now()))
    await page.goto(url.href)
    await expect(page.getByText(/^Highest use/)).toBeVisible()
    await expect(page.getByText(/refused for/).first()).toBeVisible()
    await expect(page.locator('.recharts-surface').first()).toBeVisible()
    const why = page.getByRole('region', { name: 'Why it was refused' }).getByRole('article', { name: 'rate' })
    await expect(why.getByText(/^game_/).first()).toBeVisible()
    await expect(why.getByText(/^about .* samples/).first()).toBeVisible()
    // The README's picture. When the page changes, copy it to docs/quotas.png by hand.
    await picture(page, 'raised-quota', 'wide-light')
    await page.goto('/t/acme')
    await expect(why.getByText(/^game_/).first()).toBeVisible()
  } finally {
    await producer.stop()
  }
  await backToNormal(acme)
})
