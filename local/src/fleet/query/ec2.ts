import { awsAccountId } from '../../parts/aws/ministack.ts'
import type { Fleet } from '../fleet.ts'
import { type Image, type LaunchTemplate, type TemplateVersion, versionOf } from '../fleetState.ts'
import { FleetFault } from '../refresh/fault.ts'
import type { Handler } from './autoScaling.ts'
import { type Parameters, page } from './parameters.ts'
import type { Answer } from './xml.ts'

/** The calls of the API of 2016-11-15 that rollouts, the image catalogue and the local pipeline make. */
export const ec2: Readonly<Record<string, Handler>> = {
  CreateLaunchTemplateVersion(fleet, parameters) {
    const template = templateOf(fleet, parameters)
    const source = parameters.text('SourceVersion')
    const from = source === undefined ? null : mustHave(template, source)
    const imageId = parameters.text('LaunchTemplateData.ImageId') ?? from?.imageId
    if (imageId === undefined) throw new FleetFault('MissingParameter', 'LaunchTemplateData has no ImageId.')
    const description = parameters.text('VersionDescription') ?? ''
    const tooLong = (name: string, text: string, most: number) => {
      if (text.length > most) throw new FleetFault('InvalidParameterValue', `${name} has more than ${most} characters.`)
    }
    tooLong('VersionDescription', description, 255)
    const token = parameters.text('ClientToken') ?? null
    tooLong('ClientToken', token ?? '', 128)
    return { launchTemplateVersion: describe(template, fleet.addVersion(template, imageId, description, token)) }
  },

  DescribeLaunchTemplateVersions(fleet, parameters) {
    const template = templateOf(fleet, parameters)
    const asked = parameters.list('LaunchTemplateVersion')
    const found = asked?.map((version) => mustHave(template, version)) ?? template.versions.toReversed()
    const size = parameters.number('MaxResults') ?? 200
    if (size < 1 || size > 200) throw new FleetFault('InvalidParameterValue', 'MaxResults must be from 1 to 200.')
    const { items, next } = page(found, parameters.text('NextToken'), size)
    return { launchTemplateVersionSet: items.map((version) => describe(template, version)), nextToken: next }
  },

  DescribeImages(fleet, parameters) {
    const known = fleet.state.images.filter(({ isAvailable }) => isAvailable)
    const ids = parameters.list('ImageId')
    const missing = ids?.find((id) => !known.some((image) => image.id === id))
    if (missing) throw new FleetFault('InvalidAMIID.NotFound', `The image id '[${missing}]' does not exist`)
    const filters = parameters.filters()
    for (const name of filters.keys()) {
      if (!['image-id', 'name', 'state'].includes(name)) {
        throw new FleetFault('InvalidParameterValue', `The filter '${name}' is not supported here`)
      }
    }
    const isAsked = ({ id, name }: Image) =>
      (ids?.includes(id) ?? true) &&
      (filters.get('image-id')?.includes(id) ?? true) &&
      (filters.get('name')?.includes(name) ?? true) &&
      (filters.get('state')?.includes('available') ?? true)
    return { imagesSet: known.filter(isAsked).map(describeImage) }
  },

  RegisterImage(fleet, parameters) {
    const architecture = parameters.oneOf('Architecture', ['x86_64', 'arm64'])
    if (!architecture) throw new FleetFault('MissingParameter', 'The request must contain the parameter Architecture')
    const image = fleet.registerImage({
      name: parameters.required('Name'),
      architecture,
      imdsSupport: parameters.oneOf('ImdsSupport', ['v2.0']) ?? null,
      tags: parameters.tags('image'),
    })
    return { imageId: image.id }
  },

  DeregisterImage(fleet, parameters) {
    fleet.deregisterImage(parameters.required('ImageId'))
    return { return: true }
  },
}

function templateOf(fleet: Fleet, parameters: Parameters): LaunchTemplate {
  const id = parameters.text('LaunchTemplateId')
  const name = parameters.text('LaunchTemplateName')
  if (id === undefined && name === undefined) {
    throw new FleetFault('MissingParameter', 'The request must contain the launch template’s ID or name.')
  }
  const template = fleet.template({ id, name })
  if (template) return template
  const [code, key] =
    id === undefined
      ? (['InvalidLaunchTemplateName.NotFoundException', `name ${name}`] as const)
      : (['InvalidLaunchTemplateId.NotFound', `ID ${id}`] as const)
  throw new FleetFault(code, `The specified launch template, with template ${key}, does not exist.`)
}

function mustHave(template: LaunchTemplate, version: string): TemplateVersion {
  const found = versionOf(template, version)
  if (found) return found
  const message = `Could not find the specified version ${version} for the launch template with ID ${template.id}.`
  throw new FleetFault('InvalidLaunchTemplateId.VersionNotFound', message)
}

const describe = ({ id, name, defaultVersion }: LaunchTemplate, version: TemplateVersion): Answer => ({
  launchTemplateId: id,
  launchTemplateName: name,
  versionNumber: version.number,
  versionDescription: version.description,
  createTime: new Date(version.createdMs),
  defaultVersion: version.number === defaultVersion,
  launchTemplateData: { imageId: version.imageId },
})

const describeImage = ({ id, name, architecture, imdsSupport, tags }: Image): Answer => ({
  imageId: id,
  imageOwnerId: awsAccountId,
  name,
  architecture,
  imageState: 'available',
  imdsSupport,
  tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
})
