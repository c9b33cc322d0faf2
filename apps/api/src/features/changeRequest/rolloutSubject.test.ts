import { describe, expect, it } from 'vitest'
import { sampleRollout } from '../../testing/sampleRollout.ts'
import { hashOf } from '../slo/slo.rules.ts'
import { askedRollout, rolloutOutdated, rolloutSubject } from './rolloutSubject.ts'

const asked = sampleRollout()
const subject = rolloutSubject('rollout-1', asked)
const nowMs = Date.parse('2026-12-03T12:00:00.000Z')

describe('what a request for a rollout asks for', () => {
  it('is read back as it was asked, after Postgres has stored it', () => {
    expect(askedRollout({ ...subject, content: JSON.parse(JSON.stringify(subject.content)) })).toEqual(asked)
  })

  it('of a release that knows more is read without what this one does not know', () => {
    const content = { ...asked, plan: { ...asked.plan, color: 'blue' } }
    expect(askedRollout({ ...subject, content, sha256: hashOf(content) })).toEqual(asked)
  })

  it.each([
    ['was changed', { content: { ...asked, imageId: 'image-2' } }],
    ['has a changed hash', { sha256: hashOf('other') }],
    ['is not a plan', { content: { ...asked, plan: {} }, sha256: hashOf({ ...asked, plan: {} }) }],
    ['is of another kind', { kind: 'slo' }],
  ])('is nothing if it %s', (_what, over) => {
    expect(askedRollout({ ...subject, ...over })).toBeNull()
  })
})

describe('a rollout', () => {
  const stored = {
    ...asked,
    ...{ phase: 'waiting', expiresAt: new Date(nowMs + 1), changeRequestId: 'request-1' },
  }
  const [first, ...others] = asked.plan.waves
  const shorterBake = { ...asked.plan, waves: [{ ...first, bakeSeconds: 1 }, ...others] }

  it('that waits, as it was asked for, can be approved', () => {
    expect(rolloutOutdated({ id: 'request-1' }, subject, stored, nowMs)).toBeNull()
  })

  it.each([
    ['does not exist', null, /no rollout waits/],
    ['has another request', { ...stored, changeRequestId: 'request-2' }, /no rollout waits/],
    ['was aborted', { ...stored, phase: 'aborted' }, /does not wait for an approval any more: it is aborted/],
    ['waited too long', { ...stored, expiresAt: new Date(nowMs) }, /expired/],
    ['has another image', { ...stored, imageId: 'image-2' }, /not what was asked for/],
    ['is for another environment', { ...stored, environment: 'test' }, /not what was asked for/],
    ['has another plan', { ...stored, plan: shorterBake }, /not what was asked for/],
  ])('that %s can’t be approved', (_what, now, why) => {
    expect(rolloutOutdated({ id: 'request-1' }, subject, now, nowMs)).toMatch(why)
  })
})
