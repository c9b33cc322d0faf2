import { expect, it, onTestFinished, vi } from 'vitest'
import { createChangeFeed } from './changeFeed.ts'

const life = () => new AbortController()

it('shows the present state first, then each state that differs, once', async () => {
  const feed = createChangeFeed()
  const end = life()
  let state = 1
  const seen: number[] = []
  const matters = (change: { kind: string }) => change.kind === 'quota'
  for await (const view of feed.follow({ matters, read: async () => state, everyMs: 60_000, signal: end.signal })) {
    seen.push(view)
    if (seen.length === 1) {
      feed.publish({ kind: 'quota', tenantId: 'acme' })
      feed.publish({ kind: 'quota', tenantId: 'acme' })
      state = 2
    } else end.abort()
  }
  expect(seen).toEqual([1, 2])
})

it('is woken by the changes that matter only', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const feed = createChangeFeed()
  const end = life()
  let reads = 0
  const views = feed.follow({
    matters: (change) => change.kind === 'policy',
    read: async () => ++reads,
    everyMs: 60_000,
    signal: end.signal,
  })
  expect(await views.next()).toEqual({ done: false, value: 1 })
  const next = views.next()
  feed.publish({ kind: 'audit' })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reads).toBe(1)
  feed.publish({ kind: 'policy' })
  await vi.advanceTimersByTimeAsync(0)
  expect(await next).toEqual({ done: false, value: 2 })
  end.abort()
})

it('does not send again what the viewer has already', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const feed = createChangeFeed()
  const end = life()
  let state = 'calm'
  let reads = 0
  const read = async () => {
    reads++
    return { state }
  }
  const views = feed.follow({ matters: () => true, read, everyMs: 1_000, signal: end.signal })
  expect(await views.next()).toEqual({ done: false, value: { state: 'calm' } })
  const next = views.next()
  feed.publish({ kind: 'audit' })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reads).toBeGreaterThan(2)
  state = 'refusing'
  await vi.advanceTimersByTimeAsync(2_000)
  expect(await next).toEqual({ done: false, value: { state: 'refusing' } })
  end.abort()
})

it('reads again after a while without any change: some facts change only with time', async () => {
  const feed = createChangeFeed()
  let reads = 0
  const options = { matters: () => false, read: async () => ++reads, everyMs: 1, signal: life().signal }
  const views = feed.follow(options)
  await views.next()
  expect(await views.next()).toEqual({ done: false, value: 2 })
})

it('ends every view when the process shuts down', async () => {
  const feed = createChangeFeed()
  const views = feed.follow({ matters: () => true, read: async () => 1, everyMs: 60_000, signal: life().signal })
  await views.next()
  const next = views.next()
  feed.close()
  expect(await next).toEqual({ done: true, value: undefined })
})
