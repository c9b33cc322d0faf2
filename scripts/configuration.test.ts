import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { expect, it } from 'vitest'
import {
  lambdaEnvironment,
  environment as probeEnvironment,
  readLambdaSettings,
  readSettings as readProbeSettings,
} from '../agents/probe/src/settings.ts'
import { environment as apiEnvironment, readConfig } from '../apps/api/src/config.ts'
import { amiEnvironment } from '../apps/gateway/build/release/ami.ts'
import { buildEnvironment } from '../apps/gateway/build/release/build.ts'
import { publishEnvironment } from '../apps/gateway/build/release/publish.ts'
import { registerEnvironment } from '../apps/gateway/build/release/register.ts'
import { signEnvironment } from '../apps/gateway/build/release/sign.ts'
import { environment, readSettings } from '../apps/gateway/src/env.ts'
import { envSchema, parseEnv } from '../apps/web/src/env.ts'
import { awsContractEnvironment } from '../local/src/fleet/contract/aws/settings.ts'
import { stateDirOf } from '../local/src/platform/localState.ts'
import { portOffsetVariable } from '../local/src/platform/ports.ts'
import { root } from '../local/src/process/tools.ts'
import { readUrls, variables } from '../packages/db/src/migrate/environment.ts'
import { EnvironmentError } from '../packages/policy/src/index.ts'

type Variable = { safeParse(value: unknown): { success: boolean; data?: unknown } }

const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
const documented = (process: string) =>
  page
    .split('\n')
    .filter((line) => line.startsWith(`| ${process} |`))
    .map((line) => line.split(' | ').slice(1, 3).join(' '))

const onlyInLambda = Object.fromEntries(
  Object.entries(lambdaEnvironment.shape).filter(([name]) => !(name in probeEnvironment.shape)),
)

// A test in apps/api compares its rows, with their descriptions, to its schema.
it.each<[string, Record<string, Variable>, string[]]>([
  ['gateway', environment.shape, []],
  ['probe', probeEnvironment.shape, []],
  ['probe in AWS Lambda', onlyInLambda, []],
  ['`npm run image:build`', buildEnvironment.shape, []],
  ['`npm run image:ami`', amiEnvironment.shape, []],
  ['`npm run image:sign`', signEnvironment.shape, []],
  ['`npm run image:register`', registerEnvironment.shape, []],
  ['`npm run image:publish`', publishEnvironment.shape, []],
  ['`npm run test:aws`', awsContractEnvironment.shape, []],
  // Next.js reads these two itself.
  ['web', envSchema.shape, ['`PORT` `3000`', '`PORTAL_BUILD` `.next`']],
])('every environment variable of the %s is documented with its default', (process, shape, others) => {
  const rows = Object.entries(shape).map(([name, variable]) => {
    const given = variable.safeParse(undefined)
    if (!given.success) return `\`${name}\` required`
    return `\`${name}\` ${given.data === undefined ? 'none' : `\`${given.data}\``}`
  })
  expect(documented(process)).toEqual([...rows, ...others])
})

it('the variables that move the local platform are documented with their defaults', () => {
  expect(stateDirOf({ TICKWATCH_STATE: '/elsewhere' })).toBe('/elsewhere')
  expect(documented('`npm start`')).toEqual([
    `\`${portOffsetVariable}\` \`0\``,
    `\`TICKWATCH_STATE\` \`${relative(root, stateDirOf({}))}\``,
  ])
})

it('every environment variable of the migrator is documented', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| migrate |'))
  const named = rows.flatMap((row) => row.split(' | ')[1]?.match(/\w+/g) ?? [])
  expect(named).toEqual(Object.values(variables))
})

const requiredOf = (shape: Record<string, Variable>) =>
  Object.keys(shape).filter((name) => !shape[name]?.safeParse(undefined).success)

it.each<[string, (variables: Record<string, string>) => unknown, string[]]>([
  ['The API', readConfig, requiredOf(apiEnvironment.shape)],
  ['The gateway', readSettings, requiredOf(environment.shape)],
  ['The probe', readProbeSettings, requiredOf(probeEnvironment.shape)],
  ['The probe', readLambdaSettings, requiredOf(lambdaEnvironment.shape)],
  ['The portal', parseEnv, requiredOf(envSchema.shape)],
  ['The migrator', readUrls, Object.values(variables)],
])('%s names all variables that are missing at once; an empty one counts as missing', (part, read, required) => {
  const faults = required.map((name) => `${name}: is not set`)
  for (const given of [{}, Object.fromEntries(required.map((name) => [name, '']))]) {
    expect(() => read(given)).toThrow(new EnvironmentError(part, faults))
  }
})
