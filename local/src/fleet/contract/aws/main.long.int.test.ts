// `npm run test:aws` as a process, on what stands in for AWS.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { awsAccountId, awsRegion, startMiniStack } from '../../../parts/aws/ministack.ts'
import { root } from '../../../process/tools.ts'
import { until } from '../../../process/until.ts'
import { startAwsStandIn } from '../testing/awsStandIn.ts'
import { clientsIn } from './clients.ts'
import { templateDeletion } from './deletions.ts'

let dir: string
let ministack: Awaited<ReturnType<typeof startMiniStack>>
let aws: Awaited<ReturnType<typeof startAwsStandIn>>
const children: ChildProcess[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-contract-'))
  ministack = await startMiniStack({ dir })
})
afterAll(async () => {
  await ministack.stop()
  await rm(dir, { recursive: true })
})
beforeEach(async () => {
  aws = await startAwsStandIn(ministack.url)
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  vi.unstubAllEnvs()
  await aws.stop()
})

const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
const allowed = { ...credentials, AWS_REGION: awsRegion, AWS_CONTRACT_ACCOUNT: awsAccountId }

/** Starts the command with these variables and no others of AWS. */
function start(variables: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'local/src/fleet/contract/aws/main.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, HOME: dir, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
      ...{ AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: 'true', AWS_CONTRACT_POLL_SECONDS: '0.05' },
      ...variables,
    } as NodeJS.ProcessEnv,
  })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output: stripVTControlCharacters(output) }))
  })
  return { child, ended }
}

/** Of MiniStack, whatever is denied. */
function clients() {
  vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
  for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value)
  return clientsIn(awsRegion)
}

async function present() {
  const { autoScaling, cloudWatch, ec2 } = clients()
  const { AutoScalingGroups = [] } = await autoScaling.send(new DescribeAutoScalingGroupsCommand())
  const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand())
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand())
  return { groups: AutoScalingGroups.length, templates: LaunchTemplates.length, alarms: MetricAlarms.length }
}
const nothing = { groups: 0, templates: 0, alarms: 0 }

it.each<[string, Record<string, string>, string[]]>([
  ['anything', {}, ['AWS_REGION: is not set', 'AWS_CONTRACT_ACCOUNT: is not set']],
  ['the account', { ...credentials, AWS_REGION: awsRegion }, ['AWS_CONTRACT_ACCOUNT: is not set']],
  ['the region', { ...credentials, AWS_CONTRACT_ACCOUNT: awsAccountId }, ['AWS_REGION: is not set']],
  [
    'credentials',
    { AWS_REGION: awsRegion, AWS_CONTRACT_ACCOUNT: awsAccountId },
    ['There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret.'],
  ],
  [
    'credentials of that account',
    { ...allowed, AWS_CONTRACT_ACCOUNT: '123456789012' },
    ['The credentials are of the account 000000000000, but AWS_CONTRACT_ACCOUNT names 123456789012.'],
  ],
])('without %s it creates nothing, and says what is missing', async (_missing, variables, says) => {
  const { code, output } = await start(variables).ended
  for (const text of [...says, 'Nothing was created.']) expect(output).toContain(text)
  expect(code).toBe(1)
  expect(aws.calls.filter((call) => call !== 'GetCallerIdentity')).toEqual([])
})

it('all cases pass, except those that it names and why, and nothing is left', async () => {
  const { code, output } = await start(allowed).ended
  expect(output).toContain('Nothing is left.')
  expect(output).toMatch(/never gets ready .*\[every instance of a public image gets ready for EC2’s health check\]/)
  expect(output).toContain('the instances run the image of their version')
  expect(output).toMatch(/Tests\s+26 passed \| 1 skipped/)
  expect(code).toBe(0)
  expect(aws.calls).toEqual(expect.arrayContaining(['PutScheduledUpdateGroupAction', 'DeleteAutoScalingGroup']))
  expect(await present()).toEqual(nothing)
})

it('a set-up that fails in the middle deletes what it created', async () => {
  aws.denied.add('CreateAutoScalingGroup')
  const { code, output } = await start(allowed).ended
  expect(output).toContain('AccessDenied: You may not.')
  expect(output).toContain('Nothing is left.')
  expect(code).toBe(1)
  expect(aws.calls).toContain('CreateLaunchTemplate')
  expect(await present()).toEqual(nothing)
})

it('Ctrl-C ends the cases and deletes, and what can’t be deleted is named, with how to', async () => {
  aws.denied.add('DeleteLaunchTemplate')
  const { child, ended } = start(allowed)
  await until('a refresh', () => aws.calls.includes('StartInstanceRefresh'), { seconds: 120 })
  child.kill('SIGINT')
  const { code, output } = await ended
  expect(output).toContain('Ended by SIGINT.')
  expect(output).not.toMatch(/Tests +\d+/)
  const [, name = ''] = /Could not delete the launch template (\S+): AccessDenied: You may not\./.exec(output) ?? []
  const command = `aws ec2 delete-launch-template --region us-east-1 --launch-template-name ${name}`
  expect(output).toContain(`  Delete it with: ${command}\n`)
  expect(output).not.toContain('Nothing is left.')
  expect(code).toBe(1)
  expect(await present()).toEqual({ ...nothing, templates: 1 })
  await templateDeletion(clients(), name).run()
  expect(await present()).toEqual(nothing)
})

it('after its time limit it ends and deletes', async () => {
  const { code, output } = await start({ ...allowed, AWS_CONTRACT_MINUTES: '0.04' }).ended
  expect(output).toContain('The 0.04 min of AWS_CONTRACT_MINUTES are over.')
  expect(code).toBe(1)
  expect(await present()).toEqual(nothing)
})

it('a terminal that is closed does not keep it from deleting', async () => {
  const { child, ended } = start(allowed)
  await until('the group', () => aws.calls.includes('CreateAutoScalingGroup'), { seconds: 120 })
  child.stdout.destroy()
  child.stderr.destroy()
  child.kill('SIGHUP')
  expect((await ended).code).toBe(1)
  expect(aws.calls).toContain('DeleteAutoScalingGroup')
  expect(await present()).toEqual(nothing)
})
