import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { rmSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayArtifact, gatewayPrograms } from './artifact.ts'
import { type Input, imageVersion, newWorkFolder, type Role, Root, roles } from './root.ts'

const work = newWorkFolder()
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const input: Input = {
  gateway: gatewayArtifact(),
  programs: await gatewayPrograms(work),
  policyKeys: publicKey.export({ type: 'spki', format: 'pem' }) as string,
}
const inputOf = (role: Role) => (role === 'gateway' ? input : null)
const images = {} as Record<Role, Root>

beforeAll(async () => {
  images.base = await Root.fresh(join(work, 'base'))
  expect(await images.base.provision('base', null)).toMatchObject({ code: 0 })
  for (const role of roles.filter((each) => each !== 'base')) {
    // Its packages are those of `base` and some more, so this saves their second installation.
    images[role] = await images.base.copy(join(work, role))
    expect(await images[role].provision(role, inputOf(role))).toMatchObject({ code: 0 })
  }
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe.each(roles)('the image %s', (role) => {
  it('is the same after its provisioners ran again', async () => {
    const before = await images[role].listing()
    expect(await images[role].provision(role, inputOf(role))).toMatchObject({ code: 0, output: '' })
    expect(await images[role].listing()).toEqual(before)
  })

  it('lists its packages for a scanner', () => {
    expect(images[role].packageLists).toEqual(['etc/os-release', 'usr/lib/os-release', 'var/lib/dpkg/status'])
  })

  it('has units that systemd accepts, and settings that cloud-init accepts', async () => {
    const units = await images[role].run(
      'sh',
      '-c',
      'cd /etc/systemd/system && systemd-analyze verify --man=no tickwatch-*.service tickwatch-*.target tickwatch-*.timer',
    )
    expect(units).toEqual({ code: 0, output: '' })
    const settings = '/etc/cloud/cloud.cfg.d/90-tickwatch.cfg'
    expect(await images[role].run('cloud-init', 'schema', '--config-file', settings)).toMatchObject({ code: 0 })
  })

  it('mounts its root read-only, and writable only what is named', async () => {
    const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const words = (line: string) => line.split(/\s+/)
    const mounts = lines(await images[role].text('etc/fstab')).map(words)
    const readOnly = mounts.filter(([, , , options = '']) => options.split(',').includes('ro')).map(([, path]) => path)
    const writable = mounts.map(([, path]) => path).filter((path) => !readOnly.includes(path))
    expect(readOnly).toEqual(['/', '/boot/efi'])
    expect(writable).toEqual(lines(await images[role].text('etc/tickwatch/writable')).map((line) => words(line)[0]))
    for (const [, path, , options = ''] of mounts.filter(([, each]) => writable.includes(each))) {
      expect(options.split(','), path).toEqual(expect.arrayContaining(['nodev', 'nosuid', 'noexec']))
    }
  })

  it('lets nobody in by SSH or by a password', async () => {
    for (const program of ['usr/sbin/sshd', 'etc/ssh/ssh_host_ed25519_key']) {
      await expect(readFile(images[role].path(program)), program).rejects.toThrow('ENOENT')
    }
    for (const unit of ['ssh.service', 'sshd.service', 'ssh.socket', 'sshd.socket']) {
      expect((await images[role].run('systemctl', 'is-enabled', unit)).output, unit).toBe('masked\n')
    }
    const shadow = (await images[role].text('etc/shadow')).trim().split('\n')
    expect(shadow.filter((line) => !/^[^:]+:[!*]/.test(line))).toEqual([])
  })

  it('has no file that anyone but root may change', async () => {
    const find = (...where: string[]) =>
      images[role].run('find', '/', '-xdev', '-path', '/tmp', '-prune', '-o', ...where)
    expect((await find('-type', 'f', '-perm', '/022', '-print')).output).toBe('')
    expect((await find('-type', 'd', '-perm', '-0002', '!', '-perm', '-1000', '-print')).output).toBe('')
    const ours = ['/etc/tickwatch', '/opt', '/usr/libexec/tickwatch', '/etc/systemd/system']
    const notRoots = await images[role].run(
      'sh',
      '-c',
      `find ${ours.join(' ')} ! -user root -print 2>/dev/null || true`,
    )
    expect(notRoots.output).toBe('')
    const programs = await readdir(images[role].path('usr/libexec/tickwatch'))
    for (const program of programs) {
      expect((await images[role].run('test', '-x', `/usr/libexec/tickwatch/${program}`)).code, program).toBe(0)
    }
  })
})

it('the user data of a gateway and of an edge is what cloud-init accepts', async () => {
  for (const name of ['gateway.yaml', 'edge.yaml']) {
    await cp(join(import.meta.dirname, '../../cloudInit', name), images.base.path(`tmp/${name}`))
    expect(await images.base.run('cloud-init', 'schema', '--config-file', `/tmp/${name}`), name).toMatchObject({
      code: 0,
    })
  }
})

describe('a secret in an image fails its build', () => {
  const key = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n`
  const secrets: [path: string, content: string][] = [
    ['opt/app/tls.key', key('')],
    ['home/ec2-user/id', key('OPENSSH ')],
    ['etc/app.conf', `key = AKIA${'Z'.repeat(16)}`],
    ['srv/config', `aws_secret_access_key = ${'a1B/'.repeat(10)}`],
    ['opt/app/.npmrc', `//registry/:_authToken=npm_${'a'.repeat(36)}`],
    ['usr/local/bin/notify', `token=xoxb-${'1'.repeat(24)}`],
    ['root/.ssh/authorized_keys', 'ssh-ed25519 AAAA'],
    ['etc/ssh/ssh_host_ed25519_key.pub', 'ssh-ed25519 AAAA'],
    ['root/.bash_history', 'export TOKEN=1'],
    ['root/.aws/credentials', '[default]'],
    ['var/lib/cloud/instance/user-data.txt', '#cloud-config'],
    ['var/lib/amazon/ssm/Vault/key', 'x'],
    ['etc/machine-id', 'a265a1982fa44aec839ed7ca86a194c6\n'],
  ]
  const find = async () => {
    await cp(join(import.meta.dirname, '../../provisioners/findSecrets.sh'), images.edge.path('tmp/findSecrets.sh'))
    return images.edge.run('bash', '/tmp/findSecrets.sh', '/')
  }

  it.each(secrets)('%s', async (path, content) => {
    const file = images.edge.path(path)
    const before = path === 'etc/machine-id' ? '' : null
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, content)
    const { code, output } = await find()
    if (before === null) await rm(file)
    else await writeFile(file, before)
    expect(code).toBe(1)
    expect(output).toContain(`/${path}\n`)
    expect(output).not.toContain(content.trim())
  })

  it('a user without a password, and a user with one', async () => {
    const shadow = await images.edge.text('etc/shadow')
    for (const password of ['', '$y$j9T$abc']) {
      await writeFile(images.edge.path('etc/shadow'), `${shadow}someone:${password}:20000::::::\n`)
      const { code, output } = await find()
      expect(code).toBe(1)
      expect(output).toContain('of the user someone')
    }
    await writeFile(images.edge.path('etc/shadow'), shadow)
  })

  it('and none is found in the images', async () => {
    expect(await find()).toEqual({ code: 0, output: '' })
  })
})

describe('an artifact that is not the one of the build fails it', () => {
  it('because its SHA-256 is another', async () => {
    const wrong = { ...input, gateway: { ...input.gateway, sha256: '0'.repeat(64) } }
    const { code, output } = await images.gateway.provision('gateway', wrong)
    expect(code).toBe(1)
    expect(output).toContain('input/gateway.tar is not the artifact that the build names.')
  })

  it('because a program of others is another', async () => {
    const wrong = { ...input, programs: { ...input.programs, sha256: '0'.repeat(64) } }
    const { code, output } = await images.gateway.provision('gateway', wrong)
    expect(code).toBe(1)
    expect(output).toContain('input/programs.tar is not the one that the build names.')
  })

  it('because its keys are none', async () => {
    const { code, output } = await images.gateway.provision('gateway', { ...input, policyKeys: 'no key' })
    expect(code).toBe(1)
    expect(output).toContain('input/policy-keys.pem has no public key.')
  })
})

const packerIsThere = spawnSync('packer', ['version']).status === 0

it.runIf(packerIsThere)('Packer accepts the templates', () => {
  const templates = join(import.meta.dirname, '../../templates')
  const packer = (...args: string[]) => spawnSync('packer', [...args, templates], { encoding: 'utf8' })
  expect(packer('init')).toMatchObject({ status: 0 })
  expect(packer('fmt', '-check')).toMatchObject({ status: 0, stdout: '' })
  const programs = `{ file = "${input.programs.file}", sha256 = "${input.programs.sha256}" }`
  const artifact = `{ file = "${input.gateway.file}", sha256 = "${input.gateway.sha256}" }`
  const values = {
    commit: imageVersion,
    region: 'us-east-1',
    kms_keys: '{ us-east-1 = "alias/images" }',
    subnet_id: 'subnet-0',
    instance_profile: 'images',
    gateway_artifacts: `{ x86_64 = ${artifact}, arm64 = ${artifact} }`,
    gateway_programs: `{ x86_64 = ${programs}, arm64 = ${programs} }`,
    policy_public_keys: join(templates, 'packer.pkr.hcl'),
  }
  const variables = Object.entries(values).map(([name, value]) => `-var=${name}=${value}`)
  expect(packer('validate', ...variables)).toMatchObject({ status: 0 })
})
