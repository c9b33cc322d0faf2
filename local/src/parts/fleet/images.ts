import { gatewayArtifact, manifestIn } from '../../../../apps/gateway/build/unpack.ts'
import type { GatewayArtifact } from '../../../../scripts/lib/gateway.mjs'
import { type FleetState, type Image, newImage } from '../../fleet/fleetState.ts'
import { artifactFolder, keepArtifacts, relabelOnce, unpackOnce } from '../../images/artifacts.ts'
import {
  amiName,
  amiTags,
  newerSample,
  noCommit,
  olderSample,
  rebuiltSample,
  type Sample,
} from '../../images/samples.ts'
import { newGroups } from './groups.ts'
import { readFleetState, writeFleetState } from './stateFile.ts'

/** The tag of an AMI that says what its instances run: the SHA-256 of an artifact that is unpacked here. */
export const artifactTag = 'local:artifact'
const artifactOf = ({ tags }: Image): string | undefined => tags[artifactTag]

/**
 * Unpacks the artifact of today's sources, and makes sure that the fleet has an AMI of it. In a new fleet another image runs, which
 * has the same program under another version, so that there is something to roll out. What no launch template names any more,
 * and is not of today's sources, is deregistered and deleted.
 */
export async function prepareImages(stateDir: string, today: GatewayArtifact = gatewayArtifact()): Promise<void> {
  await unpackOnce(stateDir, today)
  const state = readFleetState(stateDir) ?? (await newFleet(stateDir, today.sha256))
  if (!state.images.some((image) => artifactOf(image) === today.sha256)) {
    const { version, commit } = await manifestIn(artifactFolder(stateDir, today.sha256))
    const name = `${version}-${today.sha256.slice(0, 12)}`
    state.images.push(imageOf(name, commit ?? noCommit, today.sha256))
  }
  const named = state.templates.flatMap(({ versions }) => versions.map(({ imageId }) => imageId))
  state.images = state.images.map((image) => ({
    ...image,
    isAvailable: artifactOf(image) === today.sha256 || (image.isAvailable && named.includes(image.id)),
  }))
  writeFleetState(stateDir, state)
  keepArtifacts(
    stateDir,
    state.images.filter(({ isAvailable }) => isAvailable).map((image) => artifactOf(image) ?? ''),
  )
}

async function newFleet(stateDir: string, todaySha256: string): Promise<FleetState> {
  const older = await relabelOnce(stateDir, todaySha256, olderSample.version)
  const runs = imageOf(olderSample.version, olderSample.commit, older)
  const ready = imageOf(newerSample.version, newerSample.commit, todaySha256)
  return { images: [runs, ready], alarms: {}, ...newGroups(runs.id, Date.now()) }
}

const imageOf = (version: string, commit: string, artifactSha256: string): Image =>
  newImage({
    ...{ name: amiName(version), architecture: 'x86_64', imdsSupport: 'v2.0' },
    tags: { ...amiTags(commit), [artifactTag]: artifactSha256 },
  })

/** The images that the catalogue should have. */
export function samplesOf({ images }: FleetState): Sample[] {
  return images
    .filter(({ isAvailable }) => isAvailable)
    .flatMap((image) => {
      const artifactSha256 = artifactOf(image)
      const version = image.name.slice(amiName('').length)
      const known = [olderSample, newerSample].find((each) => each.version === version)
      const sample = known ?? rebuiltSample(version, image.tags['tickwatch:commit'] ?? noCommit)
      return artifactSha256 ? [{ ...sample, artifactSha256 }] : []
    })
}

/** What the instances of an AMI run. @throws Error if it has no artifact */
export function artifactOfAmi({ images }: FleetState, imageId: string): string {
  const image = images.find(({ id }) => id === imageId)
  const artifact = image && artifactOf(image)
  if (!artifact) throw new Error(`the AMI ${imageId} has no tag ${artifactTag}, so nothing is known that it runs`)
  return artifact
}
