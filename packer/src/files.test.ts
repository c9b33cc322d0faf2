import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { environment } from '../../apps/gateway/src/env.ts'
import { collectors } from '../../local/src/parts/prometheus/prometheus.ts'
import { imageSettings } from './settings.ts'

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
  // Of the identity, and of Envoy.
  const others = ['NODE_ENV', 'IDENTITY_CA_ARN', 'EDGE_NAME']
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
    [...read(unit).matchAll(/^Exec\w+=-?(\/usr\/libexec\/tickwatch\/\S+)/gm)].map(([, path = '']) => path),
  )
  // `identity` starts the other two.
  expect([...new Set(programs.map((path) => basename(path)))].sort()).toEqual([
    'await-ready',
    'drain',
    'fill',
    'identity',
  ])
  for (const program of [...programs, '/usr/libexec/tickwatch/certificate', '/usr/libexec/tickwatch/sign']) {
    expect(
      globSync(`rootfs/*${program}`, { cwd: packer }).filter((path) => existsSync(join(packer, path))),
      program,
    ).toHaveLength(1)
  }
})

it('the settings of Envoy and of the agent are those of the platform; `node packer/src/settings.ts` writes them again', () => {
  const folder = 'rootfs/gateway/etc/tickwatch'
  const settings = imageSettings()
  const written = globSync('{edge,agent}/*', { cwd: join(packer, folder) }).sort()
  expect(written).toEqual(Object.keys(settings).sort())
  for (const name of written) expect(JSON.parse(read(join(folder, name))), name).toEqual(settings[name])
})

it('the settings need nothing that their units do not have', () => {
  const known = [
    ...namesIn(read('cloudInit/gateway.yaml'), /^ +/),
    ...namesIn(read('rootfs/base/usr/libexec/tickwatch/identity'), /^ *echo "/),
  ]
  const text = JSON.stringify(imageSettings())
  const needed = [...new Set([...text.matchAll(/\$\{(?:re:)?([A-Z_]+)\}/g)].map(([, name = '']) => name))]
  expect(needed.sort()).toEqual([
    ...['AMP_ENDPOINT', 'AWS_REGION', 'GATEWAY_ID', 'GATEWAY_ZONE'],
    ...['TICKWATCH_ENVIRONMENT', 'TRUST_DOMAIN'],
  ])
  expect(needed.filter((name) => !known.includes(name))).toEqual([])
})

it('node exporter has the collectors whose labels the platform knows', () => {
  const unit = read('rootfs/gateway/etc/systemd/system/tickwatch-node-exporter.service')
  const named = [...unit.matchAll(/ --collector\.(\w+)(?= )/g)].map(([, name]) => name)
  expect(named).toEqual(collectors)
  expect(unit).toContain(' --collector.disable-defaults ')
})

describe('the settings of an instance', () => {
  const program = join(packer, 'rootfs/gateway/usr/libexec/tickwatch/fill')
  const values = { TRUST_DOMAIN: 'games.example', GATEWAY_ID: 'i-0123' }

  /** Where a value belongs. */
  const hole = (name: string) => `\${${name}}`

  /** What `fill` makes of a text. */
  function filled(text: string, env: Record<string, string> = values): string {
    const root = mkdtempSync(join(tmpdir(), 'tickwatch-fill-'))
    try {
      for (const name of ['from', 'to']) mkdirSync(join(root, name))
      writeFileSync(join(root, 'from/a.json'), text)
      const options = { encoding: 'utf8', stdio: 'pipe', env: { PATH: process.env.PATH ?? '', ...env } } as const
      execFileSync('bash', [program, join(root, 'from'), join(root, 'to')], options)
      return readFileSync(join(root, 'to/a.json'), 'utf8')
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  }

  it.each([
    [`"${hole('GATEWAY_ID')} ${hole('GATEWAY_ID')}"`, '"i-0123 i-0123"'],
    // A regular expression in JSON: the dot of the trust domain is only a dot.
    [`"spiffe://${hole('re:TRUST_DOMAIN')}/[a-z]{0,61}"`, '"spiffe://games\\\\.example/[a-z]{0,61}"'],
    ['"%START_TIME(%s%3f)% $1 \\\\1 & {x}"', '"%START_TIME(%s%3f)% $1 \\\\1 & {x}"'],
  ])('have the values in %s', (text, expected) => {
    expect(filled(text)).toBe(`${expected}\n`)
  })

  it.each<[Record<string, string>, string]>([
    [{}, 'GATEWAY_ID is not set. a.json needs it.'],
    [{ GATEWAY_ID: '' }, 'GATEWAY_ID is not set. a.json needs it.'],
    [{ GATEWAY_ID: 'a", "admin": "b' }, "GATEWAY_ID has characters that a.json can't have"],
    [{ GATEWAY_ID: 'a\\' }, "GATEWAY_ID has characters that a.json can't have"],
    [{ GATEWAY_ID: hole('GATEWAY_ID') }, "GATEWAY_ID has characters that a.json can't have"],
  ])('are not written with %o', (env, fault) => {
    expect(() => filled(`"${hole('GATEWAY_ID')}"`, env)).toThrow(fault)
  })
})
