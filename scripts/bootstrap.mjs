// Sets up and starts everything from a bare clone. It is plain JavaScript without dependencies, because it runs on the
// system's Node (20 or newer) before anything is installed. Then it hands over to the project's own Node.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { alone } from './lib/alone.mjs'
import { ensureDatabaseClient } from './lib/databaseClient.mjs'
import { ensureGateway } from './lib/gateway.mjs'
import { ensurePackages, node } from './lib/packages.mjs'
import { ensurePortal } from './lib/portal.mjs'
import { checkPortOffset } from './lib/portOffset.mjs'
import { cache, root, SetupFault, together } from './lib/steps.mjs'
import { checkDebianRoot, ensureDebianRoot } from './lib/tools/debianRoot.mjs'
import { ensureGatewayPrograms } from './lib/tools/gatewayPrograms.mjs'
import { checkGo } from './lib/tools/go.mjs'
import { ensureKeycloak } from './lib/tools/keycloak.mjs'
import { ensurePrometheus3, ensureSenders } from './lib/tools/senders.mjs'
import { ensureShellcheck } from './lib/tools/shellcheck.mjs'
import { ensureReleaseTools, ensureSigning } from './lib/tools/signing.mjs'
import { ensureTools } from './lib/tools.mjs'

/** What every check of the code needs. */
async function ensureCode() {
  await ensurePackages()
  await ensureDatabaseClient()
}

const ensureCodeAndTools = () => together([ensureCode(), ensureTools()])

async function ensureBuilds() {
  await ensureCode()
  await together([ensurePortal(), ensureGateway()])
}

/** The builds do not need the tools, so they do not wait for them. */
const ensureAll = () => together([ensureBuilds(), ensureTools()])

/** Keycloak last: without Java the rest is set up nevertheless. */
async function ensureForKeycloak() {
  await ensureAll()
  await ensureKeycloak()
}

async function ensureForSenders() {
  await ensureCodeAndTools()
  await ensureSenders()
}

async function ensureForSigning() {
  await ensureCodeAndTools()
  await ensureSigning()
}

async function ensureForRelease() {
  await ensurePackages()
  await ensureReleaseTools()
  for (const architecture of ['x86_64', 'arm64']) await ensureGatewayPrograms(architecture)
}

async function ensureForSlo() {
  await ensureCodeAndTools()
  await ensurePrometheus3()
}

async function ensureForImages() {
  await ensureCodeAndTools()
  await ensureDebianRoot()
  await ensureGatewayPrograms(process.arch === 'arm64' ? 'arm64' : 'x86_64')
}

/** Checks that need neither a server nor the built portal. */
const pureTests = ['lint', 'types', 'unit']
/** `npm test` builds the portal itself, while it runs the tests that do not need it. */
const ensureForTests = (args) =>
  args.length > 0 && args.every((arg) => pureTests.includes(arg))
    ? together([ensureCode(), ...(args.includes('lint') ? [ensureShellcheck()] : [])])
    : ensureCodeAndTools()

const cli = 'local/src/cli.ts'
/** What each command checks first, what it then sets up, and what it runs. */
const commands = {
  setup: { setUp: ensureAll },
  start: { checks: () => checkPortOffset(process.env), setUp: ensureAll, runs: [cli, 'start'] },
  status: { runs: [cli, 'status'] },
  stop: { runs: [cli, 'stop'] },
  logs: { runs: [cli, 'logs'] },
  reset: { runs: [cli, 'reset'] },
  traffic: { runs: ['local/src/commands/traffic.ts'] },
  test: { setUp: ensureForTests, runs: ['scripts/test.ts'] },
  keycloak: { setUp: ensureForKeycloak, runs: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'keycloak'] },
  senders: {
    checks: () => checkGo('npm run test:senders'),
    setUp: ensureForSenders,
    runs: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'senders'],
  },
  signing: {
    checks: () => checkGo('npm run test:signing'),
    setUp: ensureForSigning,
    runs: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'signing'],
  },
  image: {
    checks: () => checkGo('npm run image:build'),
    setUp: ensureForRelease,
    runs: ['apps/gateway/build/release/main.ts'],
  },
  slo: {
    checks: () => checkGo('npm run test:slo'),
    setUp: ensureForSlo,
    runs: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'slo'],
  },
  images: {
    checks: async () => {
      checkDebianRoot()
      await checkGo('npm run test:images')
    },
    setUp: ensureForImages,
    runs: ['node_modules/vitest/vitest.mjs', 'run', '--project', 'images'],
  },
  aws: { setUp: ensurePackages, runs: ['local/src/fleet/contract/aws/main.ts'] },
  bench: { setUp: ensureAll, runs: ['scripts/bench.mjs'] },
}

const [name, ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
if (!command) {
  console.error(`Usage: node scripts/bootstrap.mjs <${Object.keys(commands).join('|')}> …`)
  process.exit(2)
}
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    `Node 20 or newer is needed; this is ${process.version}. The set-up then installs the project's own version.\n` +
      'With nvm: nvm install 24 · on macOS: brew install node · elsewhere: https://nodejs.org/en/download',
  )
  process.exit(1)
}

try {
  await command.checks?.()
  if (command.setUp) await alone(() => command.setUp(args))
  else if (!existsSync(node)) throw new SetupFault('Nothing is installed yet. Run: npm start')
} catch (fault) {
  if (!(fault instanceof SetupFault)) throw fault
  console.error(`\n${fault.message}`)
  process.exit(1)
}
if (command.runs) handOver([join(root, command.runs[0]), ...command.runs.slice(1), ...args])

/** Runs the project's Node in the foreground. The IPC channel lets the child notice if this process is killed. */
function handOver(argv) {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`
  const child = spawn(node, argv, {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: compiledModules(), ...process.env, PATH: path },
  })
  // Ctrl-C reaches the whole foreground group: the child stops its parts, and this process waits for the child.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}

/**
 * The folder in which Node keeps compiled modules: without it each of the many processes spends half of its start on compiling.
 * Programs that tests unpack to new folders leave theirs behind, so when it has grown it begins anew.
 */
function compiledModules() {
  const folder = join(cache, 'compiled')
  // Some 200 MB. A whole test run leaves 10,000 files in a new folder, and few in one that it knows.
  const filesMax = 25_000
  if (existsSync(folder) && readdirSync(folder, { recursive: true }).length > filesMax)
    rmSync(folder, { recursive: true })
  return folder
}
