import { readFile } from 'node:fs/promises'
import { createRolloutGroups } from '@tickwatch/aws/rollout'
import { images, openDatabase } from '@tickwatch/db'
import { planSchema, usualWaves } from '@tickwatch/rollout'
import { vi } from 'vitest'
import { rolloutTargetsFile } from '../parts/fleet/groups.ts'
import type { LocalState } from '../platform/localState.ts'

/** What Auto Scaling, EC2 and the catalogue of a platform with a fleet say of the groups in the file of targets. */
export async function readFleet(state: LocalState) {
  const { region, accessKeyId, secretAccessKey } = state.aws
  const { fleet } = state.addresses
  if (fleet === null) throw new Error('there is no fleet')
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
  vi.stubEnv('AWS_ENDPOINT_URL_AUTO_SCALING', fleet)
  vi.stubEnv('AWS_ENDPOINT_URL_EC2', fleet)
  const database = openDatabase(state.database)
  try {
    const { targets } = JSON.parse(await readFile(rolloutTargetsFile(state.stateDir), 'utf8'))
    // As the API reads them.
    const plan = planSchema.parse({ targets, waves: usualWaves(targets, 'canary') })
    const groups = createRolloutGroups(region)
    const { groups: read } = await groups.read(
      plan.targets.map(({ group }) => group),
      'none',
    )
    const amiOf = async (version: string) =>
      (await database.platform((tx) => images.byKey(tx, { name: 'gateway', version })))?.amis[0]
    const [older, newer] = [await amiOf('0.1.0'), await amiOf('0.2.0')]
    return {
      waves: plan.waves.map((wave) => wave.groups),
      runs: [...read.values()].map(({ imageId }) => imageId),
      instances: [...read.values()].flatMap(({ instances }) => instances.map(({ id }) => id)).sort(),
      older,
      newer,
      available: await groups.availableImages([older?.amiId ?? '', newer?.amiId ?? '']),
    }
  } finally {
    await database.close()
    vi.unstubAllEnvs()
  }
}
