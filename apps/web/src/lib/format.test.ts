import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatBytes,
  formatDateTime,
  formatDuration,
  formatExact,
  formatPercent,
  formatRelative,
  formatSi,
  formatTick,
  plural,
} from './format.ts'

describe('numbers', () => {
  it.each([
    [0, '0 samples/s'],
    [0.4, '0.4 samples/s'],
    [0.004, '0 samples/s'],
    [-0.004, '0 samples/s'],
    [12.34, '12.3 samples/s'],
    [999.4, '999 samples/s'],
    [999.6, '1 k samples/s'],
    [1_204, '1.2 k samples/s'],
    [52_314.5, '52.3 k samples/s'],
    [999_960, '1 M samples/s'],
    [-1_234_567, '-1.23 M samples/s'],
    [50_000_000, '50 M samples/s'],
    [3.2e15, '3.2 P samples/s'],
    [4e18, '4,000 P samples/s'],
  ])('writes %d with three digits and an SI prefix', (value, text) => {
    expect(formatSi(value, 'samples/s')).toBe(text)
  })

  it('writes the exact number with separators on hover', () => {
    expect(formatExact(52_314.5, 'samples/s')).toBe('52,314.5 samples/s')
  })

  it.each([
    [512, '512 B'],
    [84_210_000, '84.2 MB'],
    [999_999, '1 MB'],
  ])('writes %d bytes in SI multiples', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  it.each([
    [0, '0 %'],
    [0.0004, 'under 0.1 %'],
    [0.034, '3.4 %'],
    [0.0996, '10 %'],
    [0.62, '62 %'],
    [0.996, '99 %'],
    [1, '100 %'],
    [12.5, '1,250 %'],
  ])('writes the ratio %d as per cent, and never rounds to 0 % or 100 %', (ratio, text) => {
    expect(formatPercent(ratio)).toBe(text)
  })

  it('writes a count with its noun', () => {
    expect(plural(1, 'gateway')).toBe('1 gateway')
    expect(plural(1_204, 'gateway')).toBe('1,204 gateways')
    expect(plural(2, 'series', 'series')).toBe('2 series')
  })
})

describe('times', () => {
  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [999.7, '1 s'],
    [2_940, '2.9 s'],
    [9_960, '10 s'],
    [42_400, '42 s'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [47 * 3_600_000, '47 h'],
    [12.5 * 86_400_000, '12 d'],
  ])('writes a length of %d ms', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it.each([
    [2_900, '2 s'],
    [61_000, '1 min'],
    [26 * 3_600_000, '26 h'],
    [50 * 3_600_000, '2 d'],
  ])('writes an age of %d ms in one unit', (ms, text) => {
    expect(formatAge(ms)).toBe(text)
  })

  const now = Date.parse('2026-11-23T17:04:33Z')
  it('writes past and future times, and “0 s ago” if a clock is slightly ahead', () => {
    expect(formatRelative(now - 2_000, now)).toBe('2 s ago')
    expect(formatRelative(now + 1_500, now)).toBe('0 s ago')
    expect(formatRelative(now + 3 * 3_600_000, now)).toBe('in 3 h')
    expect(formatRelative(now - 40 * 86_400_000, now, 'UTC')).toBe('14 Oct 2026')
  })

  it('names the zone of an exact time', () => {
    expect(formatDateTime(now, 'UTC')).toBe('23 Nov 2026, 17:04:33 UTC')
  })

  it('writes the day on ticks only if the axis spans several days', () => {
    expect(formatTick(now, 3_600_000, 'UTC')).toBe('17:04')
    expect(formatTick(now, 3 * 86_400_000, 'UTC')).toBe('23 Nov 17:04')
    expect(formatTick(now, 7 * 86_400_000, 'UTC')).toBe('23 Nov')
  })
})
