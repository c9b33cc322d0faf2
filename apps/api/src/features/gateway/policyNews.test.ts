import { newsHeldMs } from '@tickwatch/policy'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createChangeFeed } from '../../shared/changeFeed.ts'
import { createPolicyNews } from './policyNews.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const feed = createChangeFeed()
  const state = { versions: new Map([['canary', 7]]), reads: 0 }
  const news = createPolicyNews(feed, async () => {
    state.reads += 1
    return new Map(state.versions)
  })
  const publish = (ring: string, version: number) => {
    state.versions.set(ring, version)
    feed.publish({ kind: 'policy', version })
  }
  return { feed, state, news, publish }
}
const stays = () => new AbortController().signal

it('tells a gateway that already missed a version at once', async () => {
  const { news } = setUp()
  expect(await news('canary', 6, stays())).toEqual({ policyVersion: 7 })
})

it('tells all gateways of a ring as soon as its manifest has a newer version, and no others, with one read', async () => {
  const { state, news, publish } = setUp()
  const told: string[] = []
  const waiting = [...Array.from({ length: 200 }, () => 'canary'), 'fleet'].map((ring) =>
    news(ring, 7, stays()).then(({ policyVersion }) => told.push(`${ring} ${policyVersion}`)),
  )
  await vi.advanceTimersByTimeAsync(3_000)
  expect([told, state.reads]).toEqual([[], 1])
  publish('canary', 8)
  await vi.advanceTimersByTimeAsync(0)
  expect([new Set(told), told.length, state.reads]).toEqual([new Set(['canary 8']), 200, 2])
  publish('fleet', 8)
  await Promise.all(waiting)
  expect(told.at(-1)).toBe('fleet 8')
})

it('looks again when notifications were lost', async () => {
  const { feed, state, news } = setUp()
  const next = news('canary', 7, stays())
  await vi.advanceTimersByTimeAsync(2_000)
  state.versions.set('canary', 8)
  feed.publish({ kind: 'resync' })
  expect(await next).toEqual({ policyVersion: 8 })
})

it.each<[string, (at: { feed: ReturnType<typeof createChangeFeed>; gone: AbortController }) => unknown]>([
  ['after a while without news', () => vi.advanceTimersByTimeAsync(newsHeldMs)],
  ['when the process ends', ({ feed }) => feed.close()],
  ['when the gateway is gone', ({ gone }) => gone.abort()],
])('answers %s without a version', async (_when, end) => {
  const { feed, news } = setUp()
  const gone = new AbortController()
  const next = news('canary', 7, gone.signal)
  await vi.advanceTimersByTimeAsync(0)
  await end({ feed, gone })
  expect(await next).toEqual({ policyVersion: null })
})
