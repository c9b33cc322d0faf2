import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ArtifactManifest, manifestText, tarOf } from '../../../../apps/gateway/build/archive.ts'
import { manifestIn, unpackedGateway } from '../../../../apps/gateway/build/unpack.ts'
import { artifactFolder } from '../../images/artifacts.ts'
import { artifactOfAmi, prepareImages, samplesOf } from './images.ts'
import { readFleetState, writeFleetState } from './stateFile.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tickwatch-fleet-images-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** An artifact as the build makes it, with another program. */
async function artifact(program: string, commit: string | null = null) {
  const manifest: ArtifactManifest = {
    ...{ name: 'tickwatch-gateway', version: '0.2.0', commit, platform: 'linux-x64', node: '24.0.0' },
    command: ['node', 'gateway.mjs'],
    files: { node: { sha256: 'aa', bytes: 1 }, 'gateway.mjs': { sha256: 'bb', bytes: program.length } },
  }
  const files = { 'manifest.json': manifestText(manifest), node: '#!', 'gateway.mjs': program }
  const chunks: Buffer[] = []
  for await (const chunk of tarOf(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))) {
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const file = join(dir, `${sha256}.tar`)
  writeFileSync(file, bytes)
  return { sha256, file }
}

const stateOf = () => {
  const state = readFleetState(dir)
  if (!state) throw new Error('there is no state')
  return state
}
const unpacked = () => readdirSync(join(dir, 'artifacts')).sort()
const listed = () => samplesOf(stateOf()).map(({ version, artifactSha256 }) => [version, artifactSha256])
/** The artifact that each group launches. */
const runs = () => stateOf().templates.map(({ versions }) => artifactOfAmi(stateOf(), versions.at(-1)?.imageId ?? ''))

it('a new fleet runs one image and has another one to roll out, with the same program as another artifact', async () => {
  const today = await artifact('first')
  await prepareImages(dir, today)
  const [older = ''] = unpacked().filter((name) => name !== today.sha256)
  expect(listed()).toEqual([
    ['0.1.0', older],
    ['0.2.0', today.sha256],
  ])
  expect(runs()).toEqual([older, older, older, older])
  expect(unpacked()).toEqual([older, today.sha256].sort())
  expect(await manifestIn(artifactFolder(dir, older))).toMatchObject({ version: '0.1.0' })
  const program = (sha256: string) => statSync(join(artifactFolder(dir, sha256), 'gateway.mjs')).ino
  expect(program(older)).toBe(program(today.sha256))
  const { command } = await unpackedGateway(artifactFolder(dir, older))
  expect(existsSync(command)).toBe(true)
})

it('another start with the same sources changes nothing', async () => {
  const today = await artifact('first')
  await prepareImages(dir, today)
  const [state, folders] = [stateOf(), unpacked()]
  await prepareImages(dir, today)
  expect(stateOf()).toEqual(state)
  expect(unpacked()).toEqual(folders)
})

it('after a change of the sources the gateways keep their image, and there is one of the change to roll out', async () => {
  const first = await artifact('first')
  await prepareImages(dir, first)
  const [older = ''] = runs()
  const changed = await artifact('changed', 'c'.repeat(40))
  await prepareImages(dir, changed)
  expect(runs()).toEqual([older, older, older, older])
  expect(listed()).toEqual([
    ['0.1.0', older],
    [`0.2.0-${changed.sha256.slice(0, 12)}`, changed.sha256],
  ])
  expect(samplesOf(stateOf())[1]?.commit).toBe('c'.repeat(40))
  // Nothing names the one that was never rolled out.
  expect(unpacked()).toEqual([older, changed.sha256].sort())

  await prepareImages(dir, first)
  expect(listed()).toEqual([
    ['0.1.0', older],
    ['0.2.0', first.sha256],
  ])
  expect(unpacked()).toEqual([older, first.sha256].sort())
})

it('an image that was rolled out stays, and so does the one before, for the way back', async () => {
  const first = await artifact('first')
  await prepareImages(dir, first)
  const [older = ''] = runs()
  const state = stateOf()
  const imageId = state.images.find(({ name }) => name.endsWith('0.2.0'))?.id ?? ''
  for (const template of state.templates) {
    template.versions.push({ number: 2, description: '', imageId, createdMs: 0, clientToken: null })
  }
  writeFleetState(dir, state)
  const changed = await artifact('changed')
  await prepareImages(dir, changed)
  expect(runs()).toEqual([first.sha256, first.sha256, first.sha256, first.sha256])
  expect(unpacked()).toEqual([older, first.sha256, changed.sha256].sort())
})

it('what a killed start left of an artifact is not taken for one', async () => {
  const today = await artifact('first')
  await prepareImages(dir, today)
  rmSync(join(dir, 'fleet'), { recursive: true })
  rmSync(artifactFolder(dir, today.sha256), { recursive: true })
  writeFileSync(`${artifactFolder(dir, today.sha256)}.new`, 'half of it')
  await prepareImages(dir, today)
  expect(unpacked()).toHaveLength(2)
  expect(await manifestIn(artifactFolder(dir, today.sha256))).toMatchObject({ version: '0.2.0' })
})
