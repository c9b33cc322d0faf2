import { expect, it } from 'vitest'
import { nextHeartbeatMs } from './heartbeatPace.ts'

it.each([
  ['a change a moment ago', 3, 0, 200],
  ['the end of the hurry', 3, 3_000, 200],
  ['no change for a while', 3, 3_001, 1_000],
  ['a fleet of 40, at most 200 heartbeats a second', 40, 0, 200],
  ['a fleet of 100, at most 200 heartbeats a second', 100, 0, 500],
  ['a fleet of 200', 200, 0, 1_000],
  ['a fleet of 1,000', 1_000, 0, 1_000],
])('with %s a heartbeat comes in time', (_, gatewayCount, sinceChangeMs, expected) => {
  expect(nextHeartbeatMs(gatewayCount, sinceChangeMs)).toBe(expected)
})
