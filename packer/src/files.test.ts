import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { environment } from '../../apps/gateway/src/env.ts'

const packer = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(packer, path), 'utf8')

/** The names that a text sets, as `NAME=…` after the start of a line. */
const namesIn = (text: string, before: RegExp) =>
  [...text.matchAll(new RegExp(`${before.source}([A-Z_]+)=`, 'gm'))].map(([, name = '']) => name)

it('no file that goes into an image has a secret, and one that has is found', () => {
  const root = mkdtempSync(join(tmpdir(), 'tickwatch-packer-'))
  try {
    for (const folder of ['rootfs', 'provisioners', 'templates', 'cloudInit'])
      cpSync(join(packer, folder), join(root, folder), { recursive: true })
    mkdirSync(join(root, 'etc'))
    writeFileSync(join(root, 'etc/shadow'), 'root:*:20000::::::\n')
    const find = () =>
      execFileSync('bash', [join(packer, 'provisioners/findSecrets.sh'), root], { encoding: 'utf8', stdio: 'pipe' })
    expect(find()).toBe('')
    writeFileSync(join(root, 'rootfs/key.pem'), `-----BEGIN EC PRIVATE${' KEY-----'}\n`)
    expect(find).toThrow('a private key or token in /rootfs/key.pem')
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

it('a gateway of the image has every variable that it needs, and no other', () => {
  const unit = namesIn(read('rootfs/gateway/etc/systemd/system/tickwatch-gateway.service'), /^Environment=/)
  const userData = namesIn(read('cloudInit/gateway.yaml'), /^ +/)
  const identity = namesIn(read('rootfs/base/usr/libexec/tickwatch/identity'), /^ *echo "/)
  const others = ['NODE_ENV', 'IDENTITY_CA_ARN']
  const set = [...unit, ...userData, ...identity].filter((name) => !others.includes(name))
  const inherited = ['POLICY_POLL_SECONDS', 'LOG_LEVEL']
  expect([...set, ...inherited].sort()).toEqual(Object.keys(environment.shape).sort())
})

it('the page of the images names every writable path', () => {
  const paths = [...read('rootfs/base/etc/tickwatch/writable').matchAll(/^(\/\S+)/gm)].map(([, path]) => path)
  const named = [...read('README.md').matchAll(/^ *\| `(\/[^`]+)` \|/gm)].map(([, path]) => path)
  expect(named).toEqual([...paths, '/run'])
})

it('every program that a unit starts is in the image', () => {
  const units = globSync('rootfs/*/etc/systemd/system/*.service', { cwd: packer })
  const programs = units.flatMap((unit) =>
    [...read(unit).matchAll(/^ExecStart=(\/usr\/libexec\/tickwatch\/\S+)/gm)].map(([, path]) => path),
  )
  expect(programs).toHaveLength(2)
  for (const program of programs) {
    expect(
      globSync(`rootfs/*${program}`, { cwd: packer }).filter((path) => existsSync(join(packer, path))),
      program,
    ).toHaveLength(1)
  }
})
