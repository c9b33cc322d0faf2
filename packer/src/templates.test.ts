import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

// Its types would bring those of a browser into all files that this room shares with others.
const { parse } = createRequire(import.meta.url)('@cdktn/hcl2json') as {
  parse(file: string, text: string): Promise<unknown>
}
const folder = join(import.meta.dirname, '..', 'templates')
const files = globSync('*.pkr.hcl', { cwd: folder }).sort()

/** An expression of HCL, as the parser gives it. */
const hcl = (expression: string) => `\${${expression}}`

type Block = Record<string, unknown>
/** What the tests read of a template. HashiCorp's own parser makes it; expressions are texts in `${…}`. */
type Template = {
  source?: { 'amazon-ebs': Record<string, [Block]> }
  data?: { 'amazon-ami': Record<string, [Block]> }
  build?: [{ source: { 'amazon-ebs.al2023': Block[] }; provisioner: { file: Block[]; shell: Block[] } }]
  variable?: Record<string, [Block]>
}
const templates: Record<string, Template> = {}
beforeAll(async () => {
  for (const file of files) templates[file] = (await parse(file, readFileSync(join(folder, file), 'utf8'))) as Template
})

const source = () => templates['source.pkr.hcl']?.source?.['amazon-ebs'].al2023?.[0] ?? {}
const build = () => {
  const [first] = templates['images.pkr.hcl']?.build ?? []
  if (!first) throw new Error('there is no build')
  return first
}
const names = ['base', 'gateway', 'edge', 'bastion'].flatMap((role) => [`${role}-x86_64`, `${role}-arm64`])

describe('the images', () => {
  it('are base, gateway, edge and bastion, for x86-64 and arm64', () => {
    expect(build().source['amazon-ebs.al2023'].map(({ name }) => name)).toEqual(names)
  })

  it.each(names)('%s has a name, an architecture and a role that fit', (name) => {
    const [role = '', architecture = ''] = name.split('-')
    const image = build().source['amazon-ebs.al2023'].find((each) => each.name === name) ?? {}
    expect(image.ami_name).toBe(`tickwatch-${name}-\${substr(var.commit, 0, 12)}`)
    expect(image.source_ami).toBe(`\${data.amazon-ami.${architecture}.id}`)
    expect(image.instance_type).toBe(architecture === 'arm64' ? 'c7g.large' : 'c7i.large')
    expect(image.tags).toContain(`"tickwatch:role" = "${role}"`)
  })

  it('are made of Amazon Linux 2023, from Amazon', () => {
    const sources = templates['source.pkr.hcl']?.data?.['amazon-ami'] ?? {}
    expect(Object.keys(sources).sort()).toEqual(['arm64', 'x86_64'])
    for (const [architecture, [{ owners, filters }]] of Object.entries(sources)) {
      expect(owners).toEqual(['amazon'])
      expect(filters).toMatchObject({ architecture, name: `al2023-ami-2023.*-kernel-6.1-${architecture}` })
    }
  })

  it('set nothing apart that the source decides for all', () => {
    const own = build().source['amazon-ebs.al2023'].flatMap((image) => Object.keys(image))
    expect([...new Set(own)].sort()).toEqual(['ami_name', 'instance_type', 'name', 'source_ami', 'tags'])
  })
})

describe('the source', () => {
  it('allows only IMDSv2, in the build and in the image', () => {
    expect(source().imds_support).toBe('v2.0')
    expect(source().metadata_options).toEqual([
      { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 },
    ])
  })

  it('encrypts every disk with our key, also in each region that gets a copy', () => {
    expect(source()).toMatchObject({
      encrypt_boot: true,
      kms_key_id: hcl('var.kms_keys[var.region]'),
      region_kms_key_ids: hcl('var.kms_keys'),
      ami_regions: hcl('keys(var.kms_keys)'),
    })
    const disks = source().launch_block_device_mappings as Block[]
    expect(disks.map(({ device_name }) => device_name)).toEqual(['/dev/xvda', '/dev/sdf'])
    for (const disk of disks)
      expect(disk).toMatchObject({ encrypted: true, kms_key_id: hcl('var.kms_keys[var.region]') })
  })

  it('is reached through a session of SSM only', () => {
    expect(source()).toMatchObject({
      communicator: 'ssh',
      ssh_interface: 'session_manager',
      associate_public_ip_address: false,
      temporary_key_pair_type: 'ed25519',
    })
    const opensPorts = /^(temporary_security_group_source|security_group|ssh_(keypair|private_key|bastion|password))/
    expect(Object.keys(source()).filter((name) => opensPorts.test(name))).toEqual([])
  })

  it('keeps images from being deleted, because a rollout goes back to them', () => {
    expect(source().deregistration_protection).toEqual([{ enabled: true, with_cooldown: true }])
    expect(source().force_deregister).toBeUndefined()
  })
})

describe('the build', () => {
  it('gives only a gateway the artifact, the programs of others and the keys of policy', () => {
    const inputs = build().provisioner.file.filter(({ destination }) => `${destination}`.includes('/input/'))
    const only = ['amazon-ebs.gateway-x86_64', 'amazon-ebs.gateway-arm64']
    expect(inputs.map(({ destination }) => destination)).toEqual([
      '/tmp/tickwatch/input/gateway.tar',
      '/tmp/tickwatch/input/programs.tar',
      '/tmp/tickwatch/input/policy-keys.pem',
    ])
    for (const input of inputs) expect(input.only).toEqual(only)
  })

  it('runs nothing but the provisioner that the tests run', () => {
    const role = hcl('element(split("-", source.name), 0)')
    const commands = build().provisioner.shell.flatMap(({ inline }) => inline as string[])
    expect(commands).toEqual([
      'mkdir -p /tmp/tickwatch/input',
      `sudo --preserve-env=IMAGE_VERSION,STATE_DEVICE,GATEWAY_SHA256,PROGRAMS_SHA256 bash /tmp/tickwatch/provisioners/provision.sh ${role} install`,
      `sudo bash /tmp/tickwatch/provisioners/provision.sh ${role} seal`,
      'rm -rf /tmp/tickwatch',
    ])
  })

  it('fetches the list of packages before the instance is sealed', () => {
    const downloads = build().provisioner.file.filter(({ direction }) => direction === 'download')
    expect(downloads).toEqual([
      {
        direction: 'download',
        source: '/tmp/tickwatch/output/packages.tar',
        destination: `${hcl('var.package_lists')}/${hcl('source.name')}.tar`,
      },
    ])
    const text = readFileSync(join(folder, 'images.pkr.hcl'), 'utf8')
    const order = [' install"', 'direction   = "download"', ' seal"'].map((each) => text.indexOf(each))
    expect(order.every((at, i) => at > (order[i - 1] ?? 0))).toBe(true)
  })

  it('needs no secret', () => {
    const variables = Object.keys(templates['variables.pkr.hcl']?.variable ?? {})
    expect(variables).not.toHaveLength(0)
    expect(variables.filter((name) => /secret|password|token|private/.test(name))).toEqual([])
  })
})
