import { expect, it } from 'vitest'
import { windowState } from './windowState.ts'

const now = Date.parse('2026-12-01T12:00:00Z')
const at = (hours: number) => new Date(now + hours * 3_600_000)

it.each([
  ['coming', 0.01, 2, null],
  ['holds', 0, 2, null],
  ['holds', -2, 0.01, null],
  ['over', -2, 0, null],
  ['ended', -2, -1, {}],
  ['cancelled', 2, -1, {}],
  ['cancelled', -1, -1, {}],
])('a window is %s that holds from %d h to %d h from now', (state, from, to, ended) => {
  expect(windowState({ startsAt: at(from), until: at(to), ended }, now)).toBe(state)
})
