import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeRestart, pauseMs, type Restart, superviseParts } from './restarts.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it.each<[string, number | null, number, number]>([
  ['that dies for the first time waits a second', null, 1, 1_000],
  ['that dies again waits twice as long', 1_000, 59_999, 2_000],
  ['that keeps dying waits at most 30 s', 16_000, 0, 30_000],
  ['that keeps dying still waits 30 s', 30_000, 0, 30_000],
  ['that ran for a minute waits a second again', 30_000, 60_000, 1_000],
])('a part %s', (_case, lastPauseMs, ranMs, pause) => {
  expect(pauseMs(lastPauseMs, ranMs)).toBe(pause)
})

it('people see how it ended, how often, and when it starts', () => {
  const how = 'was ended by SIGKILL'
  expect(describeRestart({ count: 1, how, nextAt: null })).toBe('was ended by SIGKILL; started again')
  expect(describeRestart({ count: 3, how, nextAt: '2026-11-28T19:30:04.123Z' })).toBe(
    'was ended by SIGKILL (3 times in all); starts at 19:30:04 UTC',
  )
})

function supervised(start: () => Promise<void> = async () => {}) {
  const said: string[] = []
  const shown: Restart[] = []
  const part = { name: 'gateway-1', start: vi.fn(start) }
  const restarts = superviseParts(
    (line) => said.push(line),
    (_name, restart) => shown.push(restart),
  )
  return { part, said, shown, restarts, starts: () => part.start.mock.calls.length }
}

it('a part that dies three times starts three times, after 1 s, 2 s and 4 s, and each is shown', async () => {
  const at = supervised()
  for (const [i, pause] of [1_000, 2_000, 4_000].entries()) {
    at.restarts.died(at.part, 'was ended by SIGKILL')
    const nextAt = new Date(Date.now() + pause).toISOString()
    expect(at.shown.at(-1)).toEqual({ count: i + 1, how: 'was ended by SIGKILL', nextAt })
    await vi.advanceTimersByTimeAsync(pause - 1)
    expect(at.starts()).toBe(i)
    await vi.advanceTimersByTimeAsync(1)
    expect(at.starts()).toBe(i + 1)
    expect(at.shown.at(-1)).toEqual({ count: i + 1, how: 'was ended by SIGKILL', nextAt: null })
  }
  await vi.advanceTimersByTimeAsync(60_000)
  at.restarts.died(at.part, 'ended with code 1')
  expect(at.said.at(-1)).toBe('gateway-1 starts again in 1 s')
})

it('a part that does not start is tried again, however long the start took, and the reason is said', async () => {
  const slow = () => new Promise<void>((_resolve, reject) => setTimeout(() => reject(new Error('no disk')), 90_000))
  const at = supervised(slow)
  at.restarts.died(at.part, 'ended with code 1')
  await vi.advanceTimersByTimeAsync(1_000 + 90_000)
  expect(at.said).toContain('gateway-1 could not be started again: no disk')
  expect(at.said.at(-1)).toBe('gateway-1 starts again in 2 s')
  expect(at.shown.at(-1)).toMatchObject({ count: 2, how: 'did not start again' })
})

it('once stopped it starts nothing, and waits for the start under way', async () => {
  const at = supervised(() => new Promise((resolve) => setTimeout(resolve, 500)))
  at.restarts.died(at.part, 'ended with code 1')
  await vi.advanceTimersByTimeAsync(1_000)
  let done = false
  const stop = at.restarts.stop().then(() => {
    done = true
  })
  at.restarts.died(at.part, 'ended with code 1')
  await vi.advanceTimersByTimeAsync(499)
  expect(done).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await stop
  await vi.advanceTimersByTimeAsync(60_000)
  expect(at.starts()).toBe(1)
})
