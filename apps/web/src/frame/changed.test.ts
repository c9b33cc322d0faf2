import { expect, it } from 'vitest'
import { changedOf } from './changed.ts'

const counts = { process: 'a', notices: 1, incidents: 2, slos: 3 }

it.each([
  ['nothing before the first answer', undefined, counts, []],
  ['nothing while the counts stay', counts, { ...counts }, []],
  ['what is counted differently', counts, { ...counts, incidents: 5, slos: 4 }, ['incidents', 'slos']],
  ['everything if another process counts', counts, { ...counts, process: 'b' }, ['notices', 'incidents', 'slos']],
] as const)('a page asks again for %s', (_, before, now, changed) => {
  expect(changedOf(before, now)).toEqual(changed)
})
