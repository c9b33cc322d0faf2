import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const require = createRequire(import.meta.url)
const { forbidden } = require('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] }

const roomFiles = {
  'packages/policy': 'packages/policy/src/index.ts',
  'packages/remote-write': 'packages/remote-write/src/index.ts',
  'packages/promql': 'packages/promql/src/index.ts',
  'packages/slo': 'packages/slo/src/index.ts',
  'packages/rollout': 'packages/rollout/src/index.ts',
  'packages/db': 'packages/db/src/index.ts',
  'packages/aws': 'packages/aws/src/index.ts',
  'apps/api': 'apps/api/src/router.ts',
  'apps/web': 'apps/web/src/page.tsx',
  'apps/gateway': 'apps/gateway/src/main.ts',
  'agents/probe': 'agents/probe/src/main.ts',
  packer: 'packer/src/index.ts',
  local: 'local/src/index.ts',
  e2e: 'e2e/src/index.ts',
  bench: 'bench/start.ts',
}

/** For each rule, a file and the import in it that the rule forbids. */
const violations: Record<string, [from: string, to: string]> = {
  'packages-policy-imports': ['packages/policy/src/bad.ts', roomFiles['packages/db']],
  'packages-policy-imports-in-tests': ['packages/policy/src/bad.test.ts', roomFiles['packages/db']],
  'packages-remote-write-imports': ['packages/remote-write/src/bad.ts', roomFiles['packages/policy']],
  'packages-remote-write-imports-in-tests': ['packages/remote-write/src/bad.test.ts', roomFiles['packages/policy']],
  'packages-promql-imports': ['packages/promql/src/bad.ts', roomFiles['packages/policy']],
  'packages-promql-imports-in-tests': ['packages/promql/src/bad.test.ts', roomFiles['packages/policy']],
  'packages-slo-imports': ['packages/slo/src/bad.ts', roomFiles['packages/policy']],
  'packages-slo-imports-in-tests': ['packages/slo/src/bad.test.ts', roomFiles['packages/policy']],
  'packages-rollout-imports': ['packages/rollout/src/bad.ts', roomFiles['packages/policy']],
  'packages-rollout-imports-in-tests': ['packages/rollout/src/bad.test.ts', roomFiles['packages/policy']],
  'packages-db-imports': ['packages/db/src/bad.ts', roomFiles['packages/aws']],
  'packages-db-imports-in-tests': ['packages/db/src/bad.test.ts', roomFiles['packages/aws']],
  'packages-aws-imports': ['packages/aws/src/bad.ts', roomFiles['packages/db']],
  'packages-aws-imports-in-tests': ['packages/aws/src/bad.test.ts', roomFiles['packages/db']],
  'apps-api-imports': ['apps/api/src/bad.ts', roomFiles['apps/gateway']],
  'apps-api-imports-in-tests': ['apps/api/src/bad.test.ts', roomFiles['apps/gateway']],
  'apps-web-imports': ['apps/web/src/bad.tsx', roomFiles['packages/db']],
  'apps-web-imports-in-tests': ['apps/web/src/bad.test.tsx', roomFiles['packages/db']],
  'apps-gateway-imports': ['apps/gateway/src/bad.ts', roomFiles['packages/db']],
  'apps-gateway-imports-in-tests': ['apps/gateway/src/bad.test.ts', roomFiles['packages/db']],
  'agents-probe-imports': ['agents/probe/src/bad.ts', roomFiles['apps/gateway']],
  'agents-probe-imports-in-tests': ['agents/probe/src/bad.test.ts', roomFiles['apps/gateway']],
  'packer-imports': ['packer/src/bad.ts', roomFiles['apps/api']],
  'packer-imports-in-tests': ['packer/src/bad.test.ts', roomFiles['apps/api']],
  'local-imports': ['local/src/bad.ts', roomFiles.e2e],
  'local-imports-in-tests': ['local/src/bad.test.ts', roomFiles.e2e],
  'e2e-imports': ['e2e/src/bad.ts', roomFiles['apps/api']],
  'e2e-imports-in-tests': ['e2e/src/bad.test.ts', roomFiles['apps/api']],
  'bench-imports': ['bench/bad.ts', roomFiles['apps/web']],
  'bench-imports-in-tests': ['bench/bad.test.ts', roomFiles['apps/web']],
  'prisma-stays-in-db': ['apps/api/src/prisma.ts', 'node_modules/@prisma/client/index.js'],
  'aws-sdk-stays-in-aws': ['apps/gateway/src/sdk.ts', 'node_modules/@aws-sdk/client-ssm/index.js'],
  'policy-is-pure': ['packages/policy/src/impure.ts', 'node:fs'],
  'promql-does-no-io': ['packages/promql/src/impure.ts', 'node:fs'],
  'slo-does-no-io': ['packages/slo/src/impure.ts', 'node:fs'],
  'rollout-does-no-io': ['packages/rollout/src/impure.ts', 'node:fs'],
  'features-meet-in-services': ['apps/api/src/features/quota/bad.ts', 'apps/api/src/features/audit/audit.router.ts'],
  'web-names-the-api-by-its-package': ['apps/web/src/values.tsx', roomFiles['apps/api']],
  'web-knows-only-the-router-type': ['apps/web/src/service.tsx', 'apps/api/src/features/audit/audit.service.ts'],
  'no-circular': ['apps/api/src/circle.ts', 'apps/api/src/circleEnd.ts'],
  'no-unresolvable': ['apps/api/src/nowhere.ts', 'apps/api/src/not-there.ts'],
}
const support = ['apps/api/src/features/audit/audit.router.ts', 'apps/api/src/features/audit/audit.service.ts']
const packages = ['node_modules/@prisma/client', 'node_modules/@aws-sdk/client-ssm']

const pureRooms = ['policy', 'slo', 'rollout']

type Cruise = {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string }[] }
}

describe('the import rules', () => {
  let tree: string
  let cruise: Cruise

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'tickwatch-import-rules-'))
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(tree, path)), { recursive: true })
      await writeFile(join(tree, path), text)
    }
    for (const path of [...Object.values(roomFiles), ...support]) await write(path, 'export {}\n')
    await write('apps/api/src/circleEnd.ts', "import type {} from './circle.ts'\n")
    for (const path of packages) {
      await write(`${path}/package.json`, '{"version":"1.0.0","main":"index.js"}')
      await write(`${path}/index.js`, '')
    }
    for (const [from, to] of Object.values(violations)) {
      const specifier = to.startsWith('node:') ? to : relative(dirname(from), to).replace(/^(?!\.)/, './')
      const screen = from.endsWith('.tsx') ? 'export const Screen = () => <p>screen</p>\n' : ''
      await write(from, `import '${specifier}'\n${screen}`)
    }
    await write('tsconfig.json', '{}')
    const depcruise = join(root, 'scripts/importRules.mjs')
    const config = join(root, '.dependency-cruiser.cjs')
    const args = [
      depcruise,
      'apps',
      'agents',
      'packages',
      'packer',
      'local',
      'e2e',
      'bench',
      '--config',
      config,
      '--output-type',
      'json',
    ]
    const run = promisify(execFile)(process.execPath, args, { cwd: tree, maxBuffer: 1e8 })
    cruise = JSON.parse((await run.catch((failed: { stdout: string }) => failed)).stdout) as Cruise
  }, 60_000)
  afterAll(() => rm(tree, { recursive: true, force: true }))

  it('read every file', () => {
    expect(cruise.summary.totalCruised).toBeGreaterThanOrEqual(Object.keys(violations).length)
  })

  it.each(forbidden.map((rule) => rule.name))('%s fails on a file that breaks it', (name) => {
    const [from] = violations[name] ?? []
    expect(from, `nobody has seen ${name} fail: add a file that breaks it`).toBeDefined()
    expect(cruise.summary.violations.map((v) => `${v.rule.name} ${v.from}`)).toContain(`${name} ${from}`)
  })

  it.each(pureRooms)('a clock, a random number or I/O in packages/%s fails the linter', async (room) => {
    const impure = ['Date.now()', 'new Date()', 'Date()', 'Math.random()', 'performance.now()', 'crypto.randomUUID()']
    impure.push('process.env', "fetch('/')", 'setTimeout(() => {})', 'setInterval(() => {})', 'globalThis.Date')
    const pure = ['new Date(0)', "Date.parse('')", 'Math.abs(-1)']
    const file = `packages/${room}/src/clock.ts`
    await writeFile(
      join(tree, file),
      [...impure, ...pure].map((value, i) => `export const v${i} = ${value}\n`).join(''),
    )
    const { linter, overrides } = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8')) as Record<string, object>
    await writeFile(join(tree, 'biome.json'), JSON.stringify({ linter, overrides }))
    await cp(join(root, 'scripts/pure.grit'), join(tree, 'scripts/pure.grit'))
    const lint = promisify(execFile)(join(root, 'node_modules/.bin/biome'), ['lint', file], { cwd: tree })
    const { stderr } = await lint.catch((failed: { stderr: string }) => failed)
    const lines = [...stderr.matchAll(/clock\.ts:(\d+):/g)].map(([, line]) => Number(line))
    expect([...new Set(lines)].sort((a, b) => a - b)).toEqual(impure.map((_, i) => i + 1))
  })

  it('the portal cannot import a value of the API: its package exports types only', () => {
    const manifest = require('../apps/api/package.json') as { exports: Record<string, Record<string, string>> }
    expect(Object.values(manifest.exports).flatMap((conditions) => Object.keys(conditions))).toEqual(['types'])
  })
})
