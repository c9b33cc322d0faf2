import { expect, it } from 'vitest'
import { boundsOf } from './bounds.ts'

it.each<[min: number, max: number | null, desired: number, inServiceMin: number, liveMax: number, why: string]>([
  [90, 110, 10, 9, 11, 'both round to whole instances'],
  [80, 100, 10, 8, 10, 'the example of AWS: two at a time'],
  [90, 100, 15, 14, 15, 'the minimum rounds up'],
  [100, 130, 4, 4, 5, 'the maximum rounds down'],
  [50, 150, 4, 2, 6, 'a wide range'],
  [0, 100, 4, 0, 4, 'all at once'],
  [100, 200, 4, 4, 8, 'all at once, the new ones first'],
  [90, 110, 4, 4, 5, 'no room and a maximum: one is launched first'],
  [90, 100, 1, 1, 2, 'a maximum of 100 is not the same as none'],
  [100, 100, 3, 3, 4, 'no room at all'],
  [90, null, 4, 3, 4, 'no room and no maximum: one is ended first'],
  [90, null, 1, 0, 1, 'a single instance without a maximum'],
  [100, null, 3, 3, 4, 'a minimum of 100 launches first, without a maximum too'],
  [90, 110, 0, 0, 0, 'an empty group'],
])(
  'from %s to %s %% of %d: at least %d in service and at most %d in all: %s',
  (min, max, desired, inServiceMin, liveMax) => {
    expect(boundsOf({ minHealthyPercent: min, maxHealthyPercent: max }, desired)).toEqual({ inServiceMin, liveMax })
  },
)
