import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { drifting, enforced, fleetOf, inSync, propose } from '../src/fleet.ts'
import { inspect } from '../src/looks.ts'
import { parts, platformState } from '../src/platform.ts'
import { pageOf } from '../src/portal.ts'
import { edit, quotasPage } from '../src/quotaPage.ts'

test('a version that the canary refuses stops there, and the pages say which gateway refused it and why', async ({
  browser,
  platform,
  acme,
}) => {
  test.setTimeout(300_000)
  const { gateways } = await inSync(platform)
  const { policyPublicKeys } = platformState().pki
  const keys = readFileSync(policyPublicKeys)
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey
  await parts.kill('gateway-1', 'SIGTERM')
  // The key that the gateway trusts is now another one than KMS signs with.
  writeFileSync(policyPublicKeys, other.export({ type: 'spki', format: 'pem' }))
  try {
    await parts.start('gateway-1')
    await drifting(platform, 'gateway-1', 'refused')
    const quotas = await pageOf(browser, 'acmeAdmin', quotasPage)
    await edit(quotas, 2_100, 'A change that the canary refuses', 'Apply')
    await expect(
      quotas.getByText(/gateway-1 refused it, so no ring after canary gets it\. The platform team sees why/).first(),
    ).toBeVisible()
    // It was never published to the fleet, so no gateway there is behind.
    await expect(quotas.getByText(/gateway-2 is behind/)).toHaveCount(0)
    await inspect(quotas, 'quotas-refused-version')
    await quotas.context().close()
    const fleet = await pageOf(browser, 'platform1', '/gateways')
    await expect(fleet.getByText(/^refused v\d+: .*not signed by a key/)).toBeVisible()
    await inspect(fleet, 'gateways-refused-version')
    await fleet.goto('/')
    await expect(fleet.getByText(/It refused v\d+: .*not signed by a key/)).toBeVisible()
    await inspect(fleet, 'overview-refused-version')
    await fleet.context().close()
    const now = await fleetOf(platform)
    expect(now.gateways[1]?.appliedVersion).toBe(gateways[1]?.appliedVersion)
  } finally {
    await parts.kill('gateway-1', 'SIGTERM')
    writeFileSync(policyPublicKeys, keys)
    await parts.start('gateway-1')
  }
  await enforced(acme, await propose(acme, { 'ingest.samplesPerSecond': 2_000 }, 'The canary has the right key again'))
  await inSync(platform)
})
