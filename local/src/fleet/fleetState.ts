import { randomBytes } from 'node:crypto'
import type { AlarmState, FleetGroup } from './model.ts'

/** Everything that the fleet knows. It is JSON, so that a restart loses nothing. */
export type FleetState = {
  groups: FleetGroup[]
  templates: LaunchTemplate[]
  images: Image[]
  /** CloudWatch's alarms, which something else judges. */
  alarms: Record<string, AlarmState>
}

export type LaunchTemplate = {
  id: string
  name: string
  defaultVersion: number
  /** The oldest first. Their numbers begin with 1. */
  versions: TemplateVersion[]
}
export type TemplateVersion = {
  number: number
  description: string
  /** Such as `ami-…`, or `resolve:ssm:…`. */
  imageId: string
  createdMs: number
  /** Of the request that created it. Null for one that was there from the start. */
  clientToken: string | null
}

export type Image = {
  id: string
  name: string
  architecture: 'x86_64' | 'arm64'
  /** `v2.0` if its instances answer only IMDSv2. */
  imdsSupport: 'v2.0' | null
  tags: Readonly<Record<string, string>>
  /** False once it is deregistered: then EC2 does not know it any more. */
  isAvailable: boolean
}

/** The number of a version by its number, `$Latest` or `$Default`. Null if there is none. */
export function versionOf(template: LaunchTemplate, version: string): TemplateVersion | null {
  const number = version === '$Default' ? template.defaultVersion : Number(version)
  if (version === '$Latest') return template.versions.at(-1) ?? null
  return template.versions.find((each) => each.number === number) ?? null
}

/** An id as AWS has them, such as `i-0123456789abcdef0`. */
export const newId = (kind: 'ami' | 'i' | 'lt'): string => `${kind}-${randomBytes(9).toString('hex').slice(0, 17)}`

/** A new image, which is available. */
export const newImage = (about: Omit<Image, 'id' | 'isAvailable'>): Image => ({
  id: newId('ami'),
  ...about,
  isAvailable: true,
})
