import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { runStep } from './steps.ts'

let folder: string
let printed: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickwatch-steps-'))
  printed = []
  vi.spyOn(console, 'error').mockImplementation((line) => void printed.push(String(line)))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const key = 'awskms:///alias/release'
const sign = {
  IMAGE_KEY: key,
  IMAGE_ACCOUNT: '0'.repeat(12),
  IMAGE_SOURCE: 'https://git.example/a',
  IMAGE_BUILDER: 'b',
  IMAGE_RUN: 'r',
}
const portal = { PORTAL_API_URL: 'https://portal.example', PORTAL_API_TOKEN: 'tw_a_secret' }
const digest = `sha256:${'a'.repeat(64)}`
const packer = JSON.stringify({ region: 'eu-west-1', kms_keys: {}, subnet_id: 's', instance_profile: 'p' })

it.each<[string, Record<string, string>, string[]]>([
  ['build', {}, ['IMAGE_BASE: is not set', 'IMAGE_SOURCE: is not set']],
  [
    'build',
    { IMAGE_BASE: 'base:latest', IMAGE_SOURCE: 'https://git.example/a' },
    ['IMAGE_BASE: name the image by its digest'],
  ],
  [
    'build',
    { IMAGE_BASE: `@${digest}`, IMAGE_SOURCE: 'https://git.example/a' },
    ['IMAGE_BASE: name the image by its digest'],
  ],
  ['ami', {}, ['PACKER_VARIABLES: is not set', 'POLICY_PUBLIC_KEYS: is not set']],
  [
    'ami',
    { PACKER_VARIABLES: '{', POLICY_PUBLIC_KEYS: '' },
    ['PACKER_VARIABLES: is not JSON', 'POLICY_PUBLIC_KEYS: is not set'],
  ],
  ['sign', {}, Object.keys(sign).map((name) => `${name}: is not set`)],
  ['sign', { ...sign, IMAGE_KEY: 'cosign.key' }, ['IMAGE_KEY: must be such as awskms:///']],
  ['sign', { ...sign, IMAGE_ACCOUNT: '12' }, ['IMAGE_ACCOUNT: must be the 12 digits']],
  ['register', {}, Object.keys(portal).map((name) => `${name}: is not set`)],
  ['register', { ...portal, PORTAL_API_URL: 'http://portal.example' }, ['PORTAL_API_URL: must begin with https://']],
  [
    'register',
    { ...portal, PORTAL_API_URL: 'http://localhost.portal.example' },
    ['PORTAL_API_URL: must begin with https://'],
  ],
  ['publish', {}, ['IMAGE_REPOSITORY: is not set']],
  ['publish', { IMAGE_REPOSITORY: `registry.example/gateway@${digest}` }, ['IMAGE_REPOSITORY: must be a repository']],
  ['publish', { IMAGE_REPOSITORY: 'registry.example/gateway:1.4.0' }, ['IMAGE_REPOSITORY: must be a repository']],
])('image:%s with %o says which variables are wrong, and no secret', async (step, variables, faults) => {
  expect(await runStep(step, folder, variables)).toBe(1)
  for (const fault of faults) expect(printed.join('\n')).toContain(fault)
  expect(printed.join('\n')).not.toContain('tw_a_secret')
})

it.each<[string, Record<string, string>]>([
  ['scan', {}],
  ['ami', { PACKER_VARIABLES: packer, POLICY_PUBLIC_KEYS: '-----BEGIN PUBLIC KEY-----' }],
  ['sign', sign],
  ['register', portal],
  ['publish', { IMAGE_REPOSITORY: 'registry.example:5000/tickwatch/gateway' }],
])('image:%s says that nothing is built yet', async (step, variables) => {
  expect(await runStep(step, folder, variables)).toBe(1)
  expect(printed).toEqual([`Nothing is built in ${folder}. Run: npm run image:build`])
})

it('names the steps if there is no such one', async () => {
  for (const name of ['', 'constructor']) expect(await runStep(name, folder, {})).toBe(2)
  expect(printed[0]).toBe('Usage: npm run image:<tools|build|ami|scan|sign|register|publish>')
})
