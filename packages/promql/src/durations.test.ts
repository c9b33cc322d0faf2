import { expect, it } from 'vitest'
import { secondsOf } from './durations.ts'

it.each([
  ['5m', 300],
  ['1h30m', 5_400],
  ['1y2w3d4h5m6s7ms', 31_536_000 + 1_209_600 + 259_200 + 14_400 + 300 + 6.007],
  ['90m', 5_400],
  ['300', 300],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1e3', 1_000],
  ['1_000', 1_000],
  ['0x10', 16],
  ['0', 0],
  ['0s', 0],
  ['-5m', -300],
  ['- 5m', -300],
  ['+1h', 3_600],
])('%s is %d seconds', (text, seconds) => {
  expect(secondsOf(text)).toBeCloseTo(seconds, 6)
})

it.each([
  '',
  '-',
  'm',
  '1m1h',
  '5M',
  '5m*2',
  '5m + 1m',
  '(5m)',
  'step()',
  'Inf',
  '-inf',
  'NaN',
  '1e999',
  '010',
  '--5m',
  '1h#\n',
])('%s is not read as a duration', (text) => {
  expect(secondsOf(text)).toBeNull()
})
