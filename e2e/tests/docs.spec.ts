import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { freePort, startPostgres } from '@tickwatch/local'
import { portOffset, stateDir } from '../src/platform.ts'
import { until } from '../src/portal.ts'

const root = resolve(import.meta.dirname, '../..')
const documents = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
/** These run everything, this test too. `local/src/cli.long.int.test.ts` tests `npm start`. */
const everything = ['npm start', 'npm test']
const migrate = 'npm run -w packages/db migrate'

/** Each command of each `sh` block, as a person would paste it. */
const pasted = documents.flatMap((document) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)]
    .flatMap(([, , block = '']) => block.replace(/\\\n\s*/g, '').split('\n'))
    .map((line) => ({ document, command: line.replace(/\s#.*$/, '').trim() }))
    .filter(({ command }) => command !== ''),
)

/** The same command for the platform under test: the documents name the ports and the folder of `npm start`. */
const here = (command: string) =>
  command
    .replace(/\b(127\.0\.0\.1|localhost):(\d+)/g, (_, host, port) => `${host}:${Number(port) + portOffset}`)
    .replaceAll('.tickwatch/', `${stateDir}/`)

/** Runs a command in a shell with its own process group, so that a test can send Ctrl-C to all of it. */
function paste(command: string, env: Record<string, string> = {}) {
  const child: ChildProcess = spawn('bash', ['-o', 'pipefail', '-c', here(command)], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TICKWATCH_STATE: stateDir, TICKWATCH_PORT_OFFSET: String(portOffset), ...env },
  })
  const run = { child, output: '', ended: once(child, 'close').then(([code]) => code as number | null) }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      run.output += chunk.toString()
    })
  }
  return run
}

async function succeeds(command: string, env?: Record<string, string>): Promise<string> {
  const run = paste(command, env)
  const code = await run.ended
  expect(code, `${command}\n${run.output}`).toBe(0)
  return run.output
}

const ofAcme = pasted.find(({ command }) => command.includes('readers/acme-grafana.pem'))?.command ?? ''
/** They need an account of AWS. `contract/aws/main.long.int.test.ts` runs the command. */
const inAws = pasted.filter(({ document }) => document === 'docs/aws-contract.md').map(({ command }) => command)
/** The commands that the loop below leaves out: they have tests of their own. */
const apart = [...everything, migrate, ofAcme, ...inAws]

for (const { document, command } of pasted.filter((each) => !apart.includes(each.command))) {
  test(`${document}: ${command}`, async () => {
    expect(await succeeds(command)).not.toBe('')
  })
}

test(`docs/operating.md: ${migrate}, on a new database`, async () => {
  expect(pasted.map(({ command }) => command)).toContain(migrate)
  const dir = join(stateDir, 'docs-postgres')
  const postgres = await startPostgres({ dir, port: await freePort(), durable: false })
  try {
    const as = (role: string) => {
      const url = new URL(postgres.ownerUrl)
      url.username = `tickwatch_${role}`
      url.password = `of-${role}`
      return url.href
    }
    const env = {
      DATABASE_URL_OWNER: postgres.ownerUrl,
      DATABASE_URL_TENANT: as('tenant'),
      DATABASE_URL_PLATFORM: as('platform'),
      DATABASE_URL_WORKER: as('worker'),
    }
    expect(await succeeds(migrate, env)).toMatch(/^applied \d+_tables, /m)
    expect(await succeeds(migrate, env)).toMatch(/^the schema is up to date$/m)
  } finally {
    await postgres.stop()
    rmSync(dir, { recursive: true })
  }
})

test('README.md: a tenant’s reader sees only that tenant', async () => {
  const { data } = JSON.parse(await succeeds(ofAcme)) as { data: { result: { metric: { tenant: string } }[] } }
  expect(data.result.map(({ metric }) => metric.tenant)).toEqual(['acme'])
})

test('README.md: `status` shows what runs and where, `logs` a part’s log', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  for (const command of ['npm run status', 'npm run logs -- api']) expect(readme).toContain(`\`${command}\``)
  const status = await succeeds('npm run status')
  expect(status).toMatch(/ready since/)
  expect(status).toMatch(new RegExp(`gateway-2 +process \\d+ +http://127.0.0.1:${9102 + portOffset}`))
  expect(await succeeds('npm run logs -- api')).toContain('"msg":')
})

test('README.md: `traffic` sends more until Ctrl-C, and shows the 429s and their Retry-After', async () => {
  const command = 'npm run traffic -- --tenant acme --times 5'
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`\`${command}\``)
  const run = paste(command)
  try {
    await until(
      'refusals are shown',
      async () => run.output,
      (output) => /refused [1-9]\d* requests \(\d+ samples\), Retry-After [1-9]\d* s/.test(output),
      60_000,
    )
  } finally {
    process.kill(-(run.child.pid as number), 'SIGINT')
    await run.ended
  }
  expect(run.output).toMatch(/Total: \d+ samples accepted, [1-9]\d* requests refused/)
})
