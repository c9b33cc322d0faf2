import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { portsAt } from '../local/src/platform/ports.ts'
import { checkPortOffset } from './lib/portOffset.mjs'

let clone: string

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'tickwatch-bootstrap-'))
  for (const part of ['bootstrap.mjs', 'lib']) {
    await cp(join(import.meta.dirname, part), join(clone, 'scripts', part), { recursive: true })
  }
  await cp(join(import.meta.dirname, '..', 'package.json'), join(clone, 'package.json'))
  await mkdir(join(clone, 'bin'))
  await program('npm', '')
})
afterEach(() => rm(clone, { recursive: true }))

/** Puts a program into the only folder of the clone's PATH. */
async function program(name: string, does: string) {
  await writeFile(join(clone, 'bin', name), `#!/bin/sh\n${does}\n`)
  await chmod(join(clone, 'bin', name), 0o755)
}

/** A Python whose virtual environments hold a link to it, as the real ones do. */
const python = (name: string, version: string) =>
  program(
    name,
    `case "$2" in
      venv) /bin/mkdir "$3/bin" && /bin/ln -s "$0" "$3/bin/python" ;;
      pip) ;;
      *) echo ${version} ;;
    esac`,
  )

const prometheus = async (version: string) => {
  await program('prometheus', `echo "prometheus, version ${version}"`)
  await program('promtool', '')
  await program('node_exporter', '')
}

async function bootstrap(command: string, options: string[] = [], env: Record<string, string> = {}) {
  const run = promisify(execFile)(process.execPath, [...options, join(clone, 'scripts/bootstrap.mjs'), command], {
    env: { PATH: join(clone, 'bin'), ...env },
  })
  const { code, stdout, stderr } = await run.then(
    (done) => ({ ...done, code: 0 }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  )
  return { code, output: `${stdout}${stderr}` }
}

it('names everything that is missing at once, each with how to fix it', async () => {
  await python('python3', '3 9')
  await prometheus('2.39.1')
  await program('npm', 'echo "no network" >&2; exit 1')
  const { code, output } = await bootstrap('setup')
  expect(code).toBe(1)
  expect(output).toContain('Python 3.10 or newer is missing')
  expect(output).toContain('sudo apt-get install python3 python3-venv')
  expect(output).toContain('This machine has no apt-get.\nInstall Prometheus 2.40 to 2.x')
  expect(output).toMatch(/npm ci .*ended with code 1\nno network\n.* run: npm ci/)
})

it('says which package contains the venv module', async () => {
  await program('python3', '[ "$2" = venv ] && exit 1; echo 3 12')
  await prometheus('2.40.0')
  const { code, output } = await bootstrap('setup')
  expect(code).toBe(1)
  expect(output).toContain('sudo apt-get install python3-venv')
})

it('does not run on an older Node, and says how to get a newer one', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })`
  const { code, output } = await bootstrap('setup', [`--import=data:text/javascript,${encodeURIComponent(older)}`])
  expect(code).toBe(1)
  expect(output).toMatch(/Node 20 or newer is needed.*nvm install 24/s)
})

it('runs the project on its own Node if npm has none for the system and it is the same version', async () => {
  await python('python3', '3 12')
  await prometheus('2.53.0')
  const otherNode = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.1.0' } })`
  const { code, output } = await bootstrap('setup', [`--import=data:text/javascript,${encodeURIComponent(otherNode)}`])
  expect(code).toBe(1)
  expect(output).toMatch(/npm has no Node 24\.\d+\.\d+ for this system.*nvm install 24\./s)
  expect((await bootstrap('setup')).code).toBe(0)
  expect(await realpath(join(clone, 'node_modules/.bin/node'))).toBe(await realpath(process.execPath))
})

it('says so if nothing is installed yet', async () => {
  const { code, output } = await bootstrap('status')
  expect(code).toBe(1)
  expect(output).toContain('Run: npm start')
})

it('refuses a port offset that browsers block before it installs anything, and names the next that works', async () => {
  const start = (offset: string) => bootstrap('start', [], { TICKWATCH_PORT_OFFSET: offset })
  const { code, output } = await start('2000')
  expect(code).toBe(1)
  expect(output.trim()).toBe(
    'TICKWATCH_PORT_OFFSET=2000 moves a part to port 6000, which browsers block.\n' +
      'The next offset that works: TICKWATCH_PORT_OFFSET=2001 npm start',
  )
  expect((await start('11207')).output).toContain('"11207"; it must be a whole number from 0 to 11206.')
})

it('says that Go is missing, or too old, before it installs what the tests of senders need', async () => {
  expect(await bootstrap('senders')).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /^\nnpm run test:senders builds programs with Go 1\.26 .*\(found: none\)\.\n.*npm run test:senders\n$/,
    ),
  })
  await program('go', 'echo "go version go1.25.3 linux/amd64"')
  expect((await bootstrap('senders')).output).toContain('(found: go1.25)')
})

it('the port offsets that it refuses are those that the platform refuses', () => {
  const isRefused = (check: () => unknown) => {
    try {
      check()
      return false
    } catch {
      return true
    }
  }
  const offsets = Array.from({ length: 11_210 }, (_, offset) => offset)
  const differ = offsets.filter(
    (at) => isRefused(() => checkPortOffset({ TICKWATCH_PORT_OFFSET: `${at}` })) !== isRefused(() => portsAt(at)),
  )
  expect(offsets.filter((at) => isRefused(() => portsAt(at))).length).toBeGreaterThan(10)
  expect(differ).toEqual([])
})

it('uses the first Python that is new enough, and makes its environment again after that one changed', async () => {
  const rebuilt = expect.stringContaining('✓ MiniStack')
  await python('python3', '3 9')
  await python('python3.10', '3 10')
  await prometheus('2.53.0')
  expect(await bootstrap('setup')).toEqual({ code: 0, output: rebuilt })
  expect(await bootstrap('setup')).toEqual({ code: 0, output: expect.not.stringContaining('MiniStack') })

  const bin = join(clone, 'bin')
  await rename(join(bin, 'python3.10'), join(bin, 'python3.11'))
  expect(await bootstrap('setup')).toEqual({ code: 0, output: rebuilt })

  // An upgrade of the system does this.
  await rename(join(bin, 'python3.11'), join(bin, 'python3.12'))
  await symlink('python3.12', join(bin, 'python3.11'))
  expect(await bootstrap('setup')).toEqual({ code: 0, output: rebuilt })
  expect(await bootstrap('setup')).toEqual({ code: 0, output: expect.not.stringContaining('MiniStack') })
})
