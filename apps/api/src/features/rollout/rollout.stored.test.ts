import type { StoredRollout } from '@tickwatch/db'
import { newRollout } from '@tickwatch/rollout'
import { describe, expect, it } from 'vitest'
import { sampleRollout } from '../../testing/sampleRollout.ts'
import { judgedOf, knownOf, nothingSeen } from './rollout.stored.ts'

const at = new Date('2026-12-01T12:00:00Z')
const stored = (change: Partial<StoredRollout> = {}): StoredRollout => ({
  ...{ id: 'r-1', number: 1, imageId: 'image-1', environment: 'test', planSha256: '', phase: 'waiting', seq: 0 },
  ...{ plan: sampleRollout('test').plan, state: newRollout(), observed: null, observedAt: null, reason: 'a release' },
  ...{ by: { subject: 'tomas', name: 'Tomas' }, createdAt: at, expiresAt: at, startedAt: null, endedAt: null },
  ...{ changeRequestId: 'c-1', ...change },
})

describe('a stored rollout', () => {
  it('of another release is read: what it does not know is ignored, and what is missing has its default', () => {
    const { plan } = sampleRollout('test')
    const waves = plan.waves.map(({ name, groups, judge }) => {
      return { name, groups, judge: { compares: judge?.compares, luck: 1 }, color: 'blue' }
    })
    const group = { templateVersion: '7', imageId: 'ami-old', desired: 2, atMs: 1, color: 'blue' }
    const call = { why: 'AWS throttles.', times: 2, againAtMs: 3 }
    const known = knownOf(
      stored({
        plan: { ...plan, waves, version: 9 },
        state: { phase: 'running', mood: 'good' },
        observed: { groups: { canary: group }, calls: { 'start canary': call }, weather: 'fine' },
      }),
    )
    expect(known).toMatchObject({ plan, state: { phase: 'running', wave: 0, silent: [] } })
    expect(known?.seen).toEqual({
      ...nothingSeen(),
      groups: { canary: { ...group, candidateVersion: null, instances: [], color: undefined } },
      calls: { 'start canary': { ...call, needsPerson: false } },
    })
  })

  it.each<[string, Partial<StoredRollout>]>([
    ['a plan without waves', { plan: { targets: [], waves: [] } }],
    ['a phase that is not known', { state: { phase: 'dreaming' } }],
  ])('with %s is not read, so that nothing is done with it', (_what, change) => {
    expect(knownOf(stored(change))).toBeNull()
  })

  it('whose groups can’t be read is one of which nothing was seen: they are read again', () => {
    expect(knownOf(stored({ observed: { groups: 'all' } }))?.seen).toEqual(nothingSeen())
  })
})

it('a stored verdict of another release has its words, and no tests that this one does not know', () => {
  const finding = { about: 'luck', outcome: 'pass', words: 'It is lucky.', tests: { stars: 5 } }
  expect(judgedOf({ outcome: 'pass', words: 'Fine.', findings: [finding], moon: 'full' })).toEqual({
    ...{ outcome: 'pass', words: 'Fine.', notes: [], points: 0, fromSeconds: null, toSeconds: null },
    ...{ canary: [], baseline: [], findings: [{ ...finding, canary: null, baseline: null, tests: null }] },
  })
  expect(judgedOf({ outcome: 'perhaps' })).toBeNull()
})
