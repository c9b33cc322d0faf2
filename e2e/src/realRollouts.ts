import type { Browser } from '@playwright/test'
import { peerCertificate } from '@tickwatch/local'
import { amiName, newerSample } from '../../local/src/images/samples.ts'
import { artifactOfAmi, artifactTag } from '../../local/src/parts/fleet/images.ts'
import { readFleetState } from '../../local/src/parts/fleet/stateFile.ts'
import { type ImageFault, imageWith } from '../../local/src/testing/badImages.ts'
import { startSteadyLoad } from '../../local/src/testing/steadyLoad.ts'
import { enforced, propose } from './fleet.ts'
import { registerImage } from './images.ts'
import { platformState } from './platform.ts'
import { type Caller, caller, pageOf, until } from './portal.ts'

const environment = 'local'

type Judge = {
  compares: boolean
  intervalSeconds: number
  warmUpSeconds: number
  failPointsMin: number
  passPointsMin: number
}
type Wave = { bakeSeconds: number; progressSeconds: number; judge: Judge | null }
type Draft = { plan: { waves: Wave[] } }
export type Rollout = { number: number; changeRequestId: string }

/** What is known of the fleet without the API. */
export function fleetNow() {
  const state = readFleetState(platformState().stateDir)
  if (!state) throw new Error('this platform has no fleet')
  return state
}

/** The instances in service, and what the group's template and its newest refresh are. */
export function groupNow(name: string) {
  const { groups, templates } = fleetNow()
  const group = groups.find((each) => each.name === name)
  const template = templates.find(({ id }) => id === group?.templateId)
  if (!group || !template) throw new Error(`there is no group ${name}`)
  return {
    instances: group.instances.filter(({ lifecycle }) => lifecycle === 'InService').map(({ id }) => id),
    templateVersion: group.templateVersion,
    versions: template.versions.length,
    refreshes: group.refreshes.map(({ status }) => status),
  }
}

/** Registers the gateway of today’s sources as another image, signed and without vulnerabilities, with this fault. */
export async function registerWith(platform: Caller, fault: ImageFault | null, version: string) {
  const state = fleetNow()
  const good = state.images.find(({ name }) => name === amiName(newerSample.version))
  if (!good) throw new Error(`there is no image ${newerSample.version}`)
  const artifactSha256 = await imageWith(fault, platformState().stateDir, artifactOfAmi(state, good.id), version)
  return registerImage(platform, { name: 'gateway', version }, { artifactSha256 }, { [artifactTag]: artifactSha256 })
}

/** Asks for a rollout with the usual plan. @param change what is different about each wave */
export async function askFor(
  platform: Caller,
  imageId: string,
  change: (wave: Wave, index: number) => Partial<Wave>,
): Promise<Rollout> {
  const about = { imageId, environment }
  const { plan } = await platform.query<Draft>('rollout.draft', about)
  const waves = plan.waves.map((wave, i) => ({ ...wave, ...change(wave, i) }))
  return platform.mutate('rollout.ask', { ...about, plan: { ...plan, waves }, reason: 'Fewer bytes for each series' })
}

/** A judge who decides as soon as a plan may let it. */
export const judged = ({ judge }: Wave, change: Partial<Judge>): Pick<Wave, 'judge' | 'bakeSeconds'> => {
  if (!judge) throw new Error('the usual plan judges each wave')
  const own = { ...judge, ...change }
  // A comparison needs its intervals, the hard limits four, and it takes up to half a minute until the last of them is known.
  const intervals = own.compares ? own.passPointsMin : 4
  return { judge: own, bakeSeconds: own.warmUpSeconds + intervals * own.intervalSeconds + 30 }
}

const writers = 400

/** A tenant without tight limits, and writers of it that send 12,500 samples/s to all gateways. */
export async function startLoad(browser: Browser, platform: Caller) {
  const { addresses, pki, stateDir } = platformState()
  const tenant = `arena-${process.pid}`
  await platform.mutate('tenant.create', { id: tenant, name: 'Arena Studios', plan: 'studio' })
  const limits = { 'ingest.samplesPerSecond': 100_000, 'ingest.requestsPerSecond': 500, 'series.activeMax': 200_000 }
  const envelope = Object.fromEntries(Object.entries(limits).map(([limit, max]) => [limit, { min: 1, max }]))
  await platform.mutate('tenant.setEnvelope', { id: tenant, base: {}, envelope, reason: 'Room for a rollout' })
  const page = await pageOf(browser, 'platform1')
  const own = caller(page.request, { tenant })
  await enforced(own, await propose(own, limits, 'Room for a rollout'))
  await page.context().close()
  const certificates = []
  for (let i = 0; i < writers; i++) {
    certificates.push(await peerCertificate(stateDir, tenant, 'writer', `host-${i}`))
  }
  return { tenant, ...startSteadyLoad(addresses.writers, pki.ca, certificates) }
}

/** Waits until a rollout is over. */
export const over = (platform: Caller, { number }: Rollout, timeout: number) =>
  until(
    `rollout ${number} is over`,
    async () => {
      const view = await platform.query<{ phase: string; words: string; endedAt: string | null }>('rollout.get', {
        number,
      })
      return { phase: view.phase, words: view.words, isOver: view.endedAt !== null }
    },
    ({ isOver }) => isOver,
    timeout,
  )
