import { afterEach, expect, it } from 'vitest'
import { fromInput, toInput } from './TimeField.tsx'

const processZone = process.env.TZ
afterEach(() => {
  process.env.TZ = processZone
})

it.each([
  ['UTC', 'UTC', '2026-11-23T17:04'],
  ['America/New_York', 'local', '2026-11-23T12:04'],
  ['America/New_York', 'UTC', '2026-11-23T17:04'],
  ['Asia/Kolkata', 'local', '2026-11-23T22:34'],
] as const)('a time in a browser of %s is shown and read in the zone of the person: %s', (browser, zone, text) => {
  process.env.TZ = browser
  const at = Date.parse('2026-11-23T17:04:00Z')
  expect(toInput(at, zone)).toBe(text)
  expect(fromInput(text, zone)).toBe(at)
  expect(fromInput('', zone)).toBeNaN()
})
