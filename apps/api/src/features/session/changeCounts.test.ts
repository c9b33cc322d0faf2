import type { Change } from '@tickwatch/db'
import type { HeldRole } from '@tickwatch/policy'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createChangeFeed } from '../../shared/changeFeed.ts'
import { createChangeCounts } from './changeCounts.ts'

const people: Record<string, HeldRole[]> = {
  'a guest': [],
  'acme’s viewer': [{ role: 'tenant-viewer', tenantId: 'acme' }],
  'an auditor': [{ role: 'auditor', tenantId: null }],
}
const nothing = { notices: 0, incidents: 0, slos: 0 }

describe('what a person hears of a change', () => {
  it.each<[string, Change, object]>([
    ['a guest', { kind: 'slo' }, { slos: 1 }],
    ['a guest', { kind: 'incident' }, {}],
    ['a guest', { kind: 'notice' }, {}],
    ['a guest', { kind: 'notice', tenantId: 'acme' }, {}],
    ['acme’s viewer', { kind: 'incident' }, {}],
    ['acme’s viewer', { kind: 'notice', tenantId: 'acme' }, { notices: 1 }],
    ['acme’s viewer', { kind: 'notice', tenantId: 'globex' }, {}],
    ['acme’s viewer', { kind: 'notice' }, {}],
    ['acme’s viewer', { kind: 'incident', tenantIds: ['globex', 'acme'] }, { incidents: 1, slos: 1 }],
    ['acme’s viewer', { kind: 'incident', tenantIds: ['globex'] }, {}],
    ['a guest', { kind: 'incident', tenantIds: ['acme'] }, {}],
    ['an auditor', { kind: 'incident' }, { incidents: 1, slos: 1 }],
    ['an auditor', { kind: 'incident', tenantIds: ['acme', 'globex'] }, { incidents: 1, slos: 1 }],
    ['an auditor', { kind: 'notice' }, { notices: 1 }],
    ['an auditor', { kind: 'notice', tenantId: 'globex' }, { notices: 1 }],
    ['an auditor', { kind: 'quota', tenantId: 'acme' }, {}],
    ['a guest', { kind: 'resync' }, { notices: 1, incidents: 1, slos: 1 }],
  ])('%s, of %o: %o', (who, change, counted) => {
    const feed = createChangeFeed()
    const counts = createChangeCounts(feed)
    const held = people[who] ?? expect.fail(who)
    feed.publish(change)
    expect(counts.now(held)).toEqual({ process: expect.any(String), ...nothing, ...counted })
  })
})

it('a process that starts again is another one, so that nobody compares its counts with those before', () => {
  const [first, second] = [createChangeCounts(createChangeFeed()), createChangeCounts(createChangeFeed())]
  expect(first.now([]).process).not.toBe(second.now([]).process)
})

it('an open page hears of a storm of changes once a second, and of a change after that at once', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const feed = createChangeFeed()
  const end = new AbortController()
  const views = createChangeCounts(feed).live(people['an auditor'] ?? [], end.signal)
  expect((await views.next()).value).toMatchObject(nothing)
  const heard: unknown[] = []
  const next = () => views.next().then(({ value }) => heard.push(value?.incidents))
  next()
  for (let i = 0; i < 100; i += 1) feed.publish({ kind: 'incident' })
  await vi.advanceTimersByTimeAsync(999)
  expect(heard).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(heard).toEqual([100])
  next()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([100])
  feed.publish({ kind: 'incident' })
  await vi.advanceTimersByTimeAsync(0)
  expect(heard).toEqual([100, 101])
  end.abort()
})
