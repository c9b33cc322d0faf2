import { images, type PlatformTx } from '@tickwatch/db'
import type { KnownRollout } from './rollout.stored.ts'
import type { ImageName } from './rollout.types.ts'

/** The image that all groups of a rollout ran before it. Null if it is not in the catalogue, or if they ran different ones. */
export async function previousImage(
  tx: PlatformTx,
  { plan, seen }: Pick<KnownRollout, 'plan' | 'seen'>,
): Promise<ImageName | null> {
  const amis = plan.targets.flatMap(({ group, region }) => {
    const amiId = seen.before[group]
    return amiId === undefined ? [] : [{ region, amiId }]
  })
  if (amis.length === 0) return null
  const found = await images.withAmis(tx, amis)
  const [first] = found
  if (!first || !amis.every(({ amiId }) => found.some((image) => image.amiId === amiId && isSame(image, first)))) {
    return null
  }
  const image = await images.byKey(tx, first)
  return image && { id: image.id, name: image.name, version: image.version }
}

type Key = { name: string; version: string }
const isSame = (a: Key, b: Key) => a.name === b.name && a.version === b.version
