import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { createTargets, parseTargets } from './targets.ts'

const target = {
  group: 'gateway-a',
  environment: 'production',
  region: 'eu-west-1',
  zones: ['eu-west-1a'],
  ring: 'fleet',
}
const log = pino({ enabled: false })

it('a target runs images with the name gateway unless the file says otherwise, and unknown members are ignored', () => {
  const file = {
    comment: 'ours',
    targets: [
      { ...target, owner: 'us' },
      { ...target, group: 'edge', image: 'edge' },
    ],
  }
  expect(parseTargets(JSON.stringify(file))).toEqual([
    { ...target, image: 'gateway' },
    { ...target, group: 'edge', image: 'edge' },
  ])
})

it.each([
  ['is not JSON', 'targets'],
  ['has no targets', '{}'],
  ['has a target without a region', JSON.stringify({ targets: [{ ...target, region: undefined }] })],
  ['has a target without a zone', JSON.stringify({ targets: [{ ...target, zones: [] }] })],
  ['names a group twice', JSON.stringify({ targets: [target, target] })],
])('a file that %s can’t be read', (_what, text) => {
  expect(() => parseTargets(text)).toThrow()
})

it('without targets a sentence says why', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-targets-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'targets.json')
  expect((await createTargets('none', log)()).missing).toContain('ROLLOUT_TARGETS_FILE')
  expect((await createTargets(path, log)()).missing).toBe('The API can’t read the file of targets. Its log says why.')
  writeFileSync(path, JSON.stringify({ targets: [] }))
  expect((await createTargets(path, log)()).missing).toBe('The file of targets names none.')
  writeFileSync(path, JSON.stringify({ targets: [target] }))
  expect(await createTargets(path, log)()).toEqual({ targets: [{ ...target, image: 'gateway' }], missing: null })
})
