// The two pipelines that release images run the same steps. In this room, because it has a parser of YAML.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { amiEnvironment } from '../../../apps/gateway/build/release/ami.ts'
import { buildEnvironment } from '../../../apps/gateway/build/release/build.ts'
import { publishEnvironment } from '../../../apps/gateway/build/release/publish.ts'
import { registerEnvironment } from '../../../apps/gateway/build/release/register.ts'
import { signEnvironment } from '../../../apps/gateway/build/release/sign.ts'
import { root } from '../process/tools.ts'

type Step = { uses?: string; with?: Record<string, unknown>; run?: string; env?: Record<string, string> }
type Workflow = {
  permissions: object
  jobs: Record<string, { permissions: object; env: Record<string, string>; steps: Step[] }>
}
type Buildspec = {
  env: { variables: Record<string, string>; 'secrets-manager': Record<string, string> }
  phases: Record<string, { 'on-failure': string; commands: string[] }>
}

const files = ['.github/workflows/images.yml', 'packer/buildspec.yml'] as const
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const workflow = parse(read(files[0])) as Workflow
const buildspec = parse(read(files[1])) as Buildspec
const { release, ...otherJobs } = workflow.jobs
if (!release) throw new Error('the workflow has no job release')
const inWorkflow = release.steps.flatMap(({ run }) => run ?? [])
const inBuildspec = Object.values(buildspec.phases).flatMap(({ commands }) => commands)
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts

describe('the pipelines of images', () => {
  it('run each step that there is, once and in the same order, and no other command', () => {
    const steps = Object.keys(scripts).flatMap((name) => (name.startsWith('image:') ? `npm run ${name}` : []))
    expect(steps).toHaveLength(7)
    expect(inWorkflow).toEqual(steps)
    const [names, ...others] = inBuildspec.filter((command) => !command.startsWith('npm run '))
    expect(others).toEqual([])
    expect(names).toMatch(/^export( IMAGE_[A-Z]+="[^"`()]*")+$/)
    expect(inBuildspec.filter((command) => command !== names)).toEqual(steps)
    expect(inBuildspec.indexOf(names ?? '')).toBe(1)
    expect(otherJobs).toEqual({})
  })

  it('stop at the first step that fails', () => {
    expect(
      release.steps.filter((step) => Object.keys(step).some((key) => /^(if|continue-on-error)$/.test(key))),
    ).toEqual([])
    expect(inWorkflow.concat(inBuildspec).filter((command) => /[|;&]/.test(command))).toEqual([])
    expect(Object.values(buildspec.phases).map((phase) => phase['on-failure'])).toEqual(['ABORT', 'ABORT'])
  })

  it('give each step the variables that it needs', () => {
    const schemas = [buildEnvironment, amiEnvironment, signEnvironment, registerEnvironment, publishEnvironment]
    const needed = new Set(schemas.flatMap(({ shape }) => Object.keys(shape)))
    const given = release.steps.flatMap(({ env = {} }) => Object.keys(env))
    expect([...Object.keys(release.env), ...given].sort()).toEqual([...needed].sort())
    const exported = [...(inBuildspec[1] ?? '').matchAll(/([A-Z_]+)="/g)].map(([, name]) => name)
    expect(exported).toEqual(['IMAGE_SOURCE', 'IMAGE_BUILDER', 'IMAGE_RUN'])
    expect(exported.filter((name) => !needed.has(name ?? ''))).toEqual([])
  })

  it('have no key of AWS, and no right beside that to ask for credentials', () => {
    for (const file of files) expect(read(file)).not.toMatch(/access[-_]?key|secret[-_]access|session[-_]token/i)
    expect(workflow.permissions).toEqual({})
    expect(release.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    const credentials = release.steps.find(({ uses }) => uses?.startsWith('aws-actions/'))
    expect(credentials?.with).toMatchObject({ 'role-to-assume': `\${{ vars.IMAGE_ROLE }}` })
    const position = (run: string) => release.steps.findIndex((step) => step.run === run)
    const at = release.steps.indexOf(credentials ?? {})
    expect([position('npm run image:tools') < at, at < position('npm run image:build')]).toEqual([true, true])
  })

  it('give the token to the step that sends it, and print nothing', () => {
    const withSecrets = release.steps.filter((step) => JSON.stringify(step).includes('secrets.'))
    expect(withSecrets).toEqual([
      { run: 'npm run image:register', env: { PORTAL_API_TOKEN: `\${{ secrets.PORTAL_API_TOKEN }}` } },
    ])
    expect(JSON.stringify(release.env)).not.toContain('secrets.')
    // What GitHub puts into a command could be a command itself. The test above allows no command that prints.
    expect(inWorkflow.filter((command) => command.includes('${{'))).toEqual([])
    expect(Object.keys(buildspec.env['secrets-manager'])).toEqual(['PORTAL_API_TOKEN'])
    expect(Object.keys(buildspec.env.variables)).toEqual(['GOTOOLCHAIN'])
  })

  it('run only actions of others at a commit, which nobody can change', () => {
    const actions = release.steps.flatMap(({ uses }) => uses ?? [])
    expect(actions).toHaveLength(3)
    expect(actions.filter((each) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(each))).toEqual([])
    expect(release.steps[0]?.with).toEqual({ 'persist-credentials': false })
  })

  it('name no host', () => {
    const host = /\b(?:[a-z0-9-]+\.)+(?:aws|com|dev|example|io|net|org)\b/gi
    expect('docker.io and 1.dkr.ecr.eu-west-1.amazonaws.com'.match(host)).toHaveLength(2)
    for (const file of files) expect(read(file).match(host)).toBeNull()
  })
})
