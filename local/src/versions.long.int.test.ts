// The fleet and the control plane are upgraded apart: processes of the next and of the previous version beside today's.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@tickwatch/db'
import type { Envelope, Limits } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { seedTenant } from '../../apps/api/src/testing/testApi.ts'
import { root as today } from './process/tools.ts'
import { type SkewedFleet, startSkewedFleet } from './testing/skewedFleet.ts'
import { useTestDatabase } from './testing/testing.ts'
import { nextVersion, previousVersion } from './testing/versionChanges.ts'
import { buildVersion } from './testing/versions.ts'

const urls = useTestDatabase()
const dir = mkdtempSync(join(tmpdir(), 'tickwatch-versions-'))
const soon = { timeout: 40_000, interval: 50 }
let next: string
let previous: string
let fleet: SkewedFleet

beforeAll(async () => {
  next = buildVersion('next', nextVersion)
  previous = buildVersion('previous', previousVersion)
  fleet = await startSkewedFleet(dir, urls)
  const db = openDatabase(urls)
  // A limit that today's version does not know may be in an envelope too.
  const envelope = { 'labels.namesPerSeriesMax': { min: 1, max: 70 }, 'future.thingsMax': { min: 1, max: 9 } }
  await seedTenant(db, 'acme', envelope satisfies Envelope)
  await db.close()
})
afterAll(async () => {
  await fleet.stop()
  rmSync(dir, { recursive: true })
})

const runGateways = (canary: string, rest: string) =>
  Promise.all([fleet.gateways[0].run(canary), fleet.gateways[1].run(rest)])

/** Both gateways take series of 4 labels and refuse those of 5, or of 2 and 3. */
async function enforced(labels: number): Promise<void> {
  for (const gateway of fleet.gateways) {
    await vi.waitFor(async () => {
      expect([await gateway.write(labels), await gateway.write(labels + 1)]).toEqual([204, 400])
    }, soon)
  }
}

/** Edits the quota, which both gateways then enforce; and still do, restarted as they are, with SSM away. */
async function editAndRestart(labels: number, canary: string, rest: string, more: object = {}): Promise<void> {
  const revision = await fleet.edit({ 'labels.namesPerSeriesMax': labels, ...more } satisfies Limits)
  await vi.waitFor(async () => expect(await fleet.stateOf(revision)).toBe('enforced'), soon)
  await enforced(labels)
  await fleet.ssm.away()
  await runGateways(canary, rest)
  await enforced(labels)
}

describe("today's API", () => {
  it('is followed by gateways of the next and the previous version, restarted with SSM away too', async () => {
    await fleet.runApi(today)
    await runGateways(next, previous)
    await editAndRestart(4, next, previous)
  })

  it('has gateways that boot from the disk of the other version, upgraded or rolled back with SSM away', async () => {
    await runGateways(previous, next)
    await enforced(4)
    await fleet.ssm.back()
    await editAndRestart(3, previous, next)
    await fleet.ssm.back()
  })
})

describe("today's gateways", () => {
  it('follow an API of the next version, restarted with SSM away too', async () => {
    await fleet.runApi(next)
    await runGateways(today, today)
    await editAndRestart(4, today, today, { 'future.thingsMax': 7 })
    for (const gateway of fleet.gateways) {
      const bundle = gateway.bundle()
      expect(bundle).toMatchObject({ format: 1, defaults: { 'future.thingsMax': 5 }, future: { more: [] } })
      expect(bundle.tenants.acme?.limits).toMatchObject({ 'future.thingsMax': 7 })
    }
    await fleet.ssm.back()
  })

  it('are sent a format that they read as soon as one is rolled back to them', async () => {
    const formats = () => fleet.gateways.map((gateway) => gateway.bundle().format)
    await runGateways(next, next)
    await vi.waitFor(() => expect(formats()).toEqual([2, 2]), soon)
    await enforced(4)
    await fleet.gateways[1].run(today)
    await vi.waitFor(() => expect(formats()).toEqual([1, 1]), soon)
    await enforced(4)
  })

  it('follow an API of the previous version, restarted with SSM away too', async () => {
    await fleet.runApi(previous)
    await runGateways(today, today)
    await editAndRestart(3, today, today)
    for (const gateway of fleet.gateways) expect(gateway.bundle().defaults).not.toHaveProperty(['query.timeoutSeconds'])
    await fleet.ssm.back()
  })
})
