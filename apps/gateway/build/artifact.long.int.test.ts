import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { gatewayRooms } from '../../../scripts/lib/gateway.mjs'
import { gatewayArtifact, manifestIn, unpackGateway } from './unpack.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const run = promisify(execFile)
const built = gatewayArtifact()
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-artifact-'))
})
afterAll(() => rm(dir, { recursive: true }))

const manifestOf = async (artifact: typeof built) =>
  manifestIn((await unpackGateway(artifact, await mkdtemp(join(dir, 'unpacked-')))).cwd)

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
  const manifest = await manifestOf(built)
  const copy = join(dir, 'a folder of another name', 'and depth')
  await copySources(copy)
  const again = await buildElsewhere(copy, manifest.commit)
  expect(again.sha256).toBe(built.sha256)

  await appendFile(join(copy, 'apps/gateway/src/main.ts'), "console.log('one more')\n")
  const changed = await buildElsewhere(copy, manifest.commit)
  expect(changed.sha256).not.toBe(built.sha256)
  const other = await manifestOf(changed)
  const names = Object.keys(manifest.files)
  const isChanged = (name: string) => other.files[name]?.sha256 !== manifest.files[name]?.sha256
  expect(names.filter(isChanged)).toEqual(['gateway.mjs', 'gateway.mjs.map'])
}, 300_000)
