import { expect, it } from 'vitest'
import { sparkPath } from './Sparkline.tsx'

it('leaves a gap where nothing was measured', () => {
  expect(
    sparkPath(
      [
        [0, 0],
        [10, 50],
        [20, null],
        [30, 100],
        [40, 200],
      ],
      100,
      40,
      20,
    ),
  ).toBe('M0 20L10 10M30 0L40 0')
})

it('draws nothing without points', () => {
  expect(sparkPath([], 100, 40, 20)).toBe('')
})
