import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { backToNormal, drifting, inSync, propose } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { awsLink, driftAlertSeconds, parts, platformState } from '../src/platform.ts'
import { pageOf, until } from '../src/portal.ts'
import { edit, enforcedByAll, quotasPage } from '../src/quotaPage.ts'

const alertAfterMs = driftAlertSeconds * 1_000
/** Metrics are scraped every 5 s and written within 1 s, and rules run every 2 s. The rest is for a busy machine. */
const alertWithinMs = alertAfterMs + 30_000

/** When the rule first held for each gateway whose drift is alerted, in milliseconds since the epoch. */
async function driftAlerts(): Promise<Record<string, number>> {
  const response = await fetch(`${platformState().addresses.prometheus}/api/v1/alerts`)
  const { data } = (await response.json()) as {
    data: { alerts: { labels: Record<string, string>; state: string; activeAt: string }[] }
  }
  const firing = data.alerts.filter(
    ({ labels, state }) => labels.alertname === 'TickwatchPolicyDrift' && state === 'firing',
  )
  return Object.fromEntries(firing.map(({ labels, activeAt }) => [labels.gateway, Date.parse(activeAt)]))
}

test('a gateway that is away and one that is behind are shown as drift, and alerted only after a while', async ({
  browser,
  platform,
  acme,
}) => {
  test.setTimeout(360_000)
  await inSync(platform)
  await until('earlier alerts end', driftAlerts, (alerts) => Object.keys(alerts).length === 0, 60_000)
  const overview = await pageOf(browser, 'platform1')
  const fleet = await pageOf(browser, 'platform1', '/gateways')
  const quotas = await pageOf(browser, 'acmeAdmin', quotasPage)
  await awsLink.cut()
  try {
    await propose(acme, { 'series.activeMax': 23_000 }, 'While gateway-2 can’t reach SSM')
    await drifting(platform, 'gateway-2', 'behind')
    await parts.freeze('gateway-1')
    await drifting(platform, 'gateway-1', 'away')
    await expect(fleet.getByText(/^1 behind for/)).toBeVisible()
    await expect(fleet.getByText(/^away for/)).toBeVisible()
    await inspect(fleet, 'gateways-drift')
    await fleet.context().close()

    await edit(quotas, 2_100, 'While the canary is away', 'Apply')
    // The pages show at once that it is silent. A version waits for it once it was silent for 15 s.
    await expect(quotas.getByText(/It waits for gateway-1 of ring canary: no heartbeat/).first()).toBeVisible({
      timeout: 30_000,
    })
    await inspect(quotas, 'quotas-held-version')
    await expect(quotas.getByText(/^Continued without the canary/)).toBeVisible({ timeout: 40_000 })

    const alerts = await until('both are alerted', driftAlerts, (alerts) => Object.keys(alerts).length === 2, 60_000)
    // The other gateway of the fleet is behind too, until it enforces the version that was promoted a moment ago.
    const drift = await until(
      'the rest of the fleet follows',
      () => platform.query<{ gatewayId: string; since: string; alerted: boolean }[]>('policy.drift'),
      ({ length }) => length === 2,
    )
    expect(drift.map(({ gatewayId }) => gatewayId).sort()).toEqual(['gateway-1', 'gateway-2'])
    for (const { gatewayId, since, alerted } of drift) {
      expect(alerted).toBe(true)
      const afterMs = (alerts[gatewayId] as number) - Date.parse(since)
      expect(afterMs, `${gatewayId} alerted`).toBeGreaterThanOrEqual(alertAfterMs)
      expect(afterMs, `${gatewayId} alerted`).toBeLessThan(alertWithinMs)
    }
    const section = overview.getByRole('region', { name: 'Drift' })
    await expect(section.getByText(/^It sends no heartbeat\. Began .*, alerted\.$/)).toBeVisible()
    await expect(section.getByText(/^It is 2 versions behind\. Began .*, alerted\.$/)).toBeVisible()
    await inspect(overview, 'overview-drift')
    await overview.goto('/gateways/gateway-2')
    await expect(overview.getByText(/^2 behind for/)).toBeVisible()
    await inspect(overview, 'gateway-behind')
    await overview.goto('/')
    await expect(overview.getByRole('heading', { name: 'Drift' })).toBeVisible()
  } finally {
    parts.thaw('gateway-1')
    await awsLink.restore()
  }
  await inSync(platform)
  await until('the alerts end', driftAlerts, (alerts) => Object.keys(alerts).length === 0, 60_000)
  await expect(overview.getByRole('heading', { name: 'Drift' })).toHaveCount(0)
  await enforcedByAll(quotas)
  await backToNormal(acme)
  for (const page of [overview, quotas]) await page.context().close()
})
