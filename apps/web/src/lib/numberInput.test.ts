import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatInteger, formatSi } from './format.ts'
import { readLimitValue, readWholeNumber } from './numberInput.ts'

const rate = 'samples/s'

describe('what people write', () => {
  it.each<[string, bigint, string?]>([
    ['5', 5n],
    ['0', 0n],
    ['-5', -5n],
    ['\u22125', -5n],
    ['+5', 5n],
    ['5k', 5_000n],
    ['5 K', 5_000n],
    ['1.5M', 1_500_000n],
    ['1.5 M', 1_500_000n],
    ['.5k', 500n],
    ['0.500 M', 500_000n],
    ['2G', 2_000_000_000n],
    ['1e6', 1_000_000n],
    ['1.5E+6', 1_500_000n],
    ['15e-1k', 1_500n],
    ['12.0', 12n],
    ['1 000 000', 1_000_000n],
    ['1\u00a0000\u202f000', 1_000_000n],
    ['2,000,000', 2_000_000n],
    ['2,000', 2_000n],
    ['2_000', 2_000n],
    ['1’000’000', 1_000_000n],
    ['1.500.000', 1_500_000n],
    ['1,234.5k', 1_234_500n],
    ['  2300\n', 2_300n],
    ['99999999999999999999', 99_999_999_999_999_999_999n],
    ['5,000 samples/s', 5_000n],
    ['52.3 k samples/s', 52_300n],
    ['600s', 600n, 's'],
    ['4 MiB', 4_194_304n, 'bytes'],
    ['1.5MiB', 1_572_864n, 'bytes'],
    ['64 kB', 64_000n, 'bytes'],
    ['4M', 4_000_000n, 'bytes'],
    ['512 B', 512n, 'bytes'],
    ['512 bytes', 512n, 'bytes'],
  ])('“%s” is %d', (text, value, unit = rate) => {
    expect(readWholeNumber(text, unit)).toEqual({ value, fault: null })
  })
})

describe('what is not a whole number', () => {
  it.each<[string, string | RegExp]>([
    ['', 'Enter a number.'],
    ['12.5', '12.5 is not a whole number.'],
    ['1.2345k', '1.2345k is not a whole number.'],
    ['1e-1', '1e-1 is not a whole number.'],
    ['5x', '“5x” is not a number. Write for example 5k, 1.5M, 1e6 or 1,000,000.'],
    ['5m', /is not a number/],
    ['4 MiB', /is not a number/],
    ['5 requests/s', /is not a number/],
    ['k', /is not a number/],
    ['.', /is not a number/],
    ['1 5', /is not a number/],
    ['1,000 000', /is not a number/],
    ['1,00,000', /is not a number/],
    ['0x10', /is not a number/],
    ['1e999', /is not a number/],
    ['1e', /is not a number/],
    ['--5', /is not a number/],
    ['٥', /is not a number/],
    ['Infinity', /is not a number/],
    ['constructor', /is not a number/],
    ['5 constructor', /is not a number/],
    ['9'.repeat(5_000), /9…” is not a number/],
    ['1,5', /^“1,5” can mean 15 or 1\.5 to different people\. /],
    ['1.500', /^“1\.500” can mean 1500 or 1\.5 to different people\. /],
    ['1,500 k', /^“1,500 k” can mean 1500 or 1\.5 to different people\. /],
    ['1.500M', /can mean/],
    ['0,500', /can mean/],
  ])('“%s”', (text, fault) => {
    expect(readWholeNumber(text, rate)).toEqual({
      value: null,
      fault: typeof fault === 'string' ? fault : expect.stringMatching(fault),
    })
  })
})

describe('a limit', () => {
  const read = (text: string, limit: LimitName = 'ingest.samplesPerSecond') => readLimitValue(limit, text)
  it.each([
    ['', 'Enter a number from 1 to 1,600,000 samples/s.'],
    ['0', '0 is too low: enter 1 to 1,600,000 samples/s.'],
    ['-5', '-5 is too low: enter 1 to 1,600,000 samples/s.'],
    ['99999999999999999999', '99,999,999,999,999,999,999 is too high: enter 1 to 1,600,000 samples/s.'],
    ['12.5', '12.5 is not a whole number.'],
  ])('can’t be “%s”', (text, fault) => {
    expect(read(text)).toEqual({ value: null, fault })
  })

  it('can be what the platform carries', () => {
    expect(read('1')).toEqual({ value: 1, fault: null })
    expect(read('1.6M')).toEqual({ value: 1_600_000, fault: null })
    expect(read('4 MiB', 'ingest.requestBytesMax')).toEqual({ value: 4_194_304, fault: null })
  })
})

describe('any text', () => {
  const formats: ((value: number, unit: string) => string)[] = [
    (value) => String(value),
    (value) => formatInteger(value),
    (value, unit) => `${formatInteger(value)} ${unit}`,
    (value) => formatInteger(value).replaceAll(',', '\u00a0'),
    (value) => formatInteger(value).replaceAll(',', '_'),
    (value) => value.toExponential(),
  ]
  it('that shows a limit is read as that limit', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...limitNames)
          .chain((limit) => fc.tuple(fc.constant(limit), fc.integer(limitDefinitions[limit]))),
        fc.constantFrom(...formats),
        ([limit, value], format) => {
          const text = format(value, limitDefinitions[limit].unit)
          const reading = readLimitValue(limit, text)
          // An exponent after three digits behind a point, as in 1.234e+5, may be 1,234e+5 to a German.
          if (/^\d\.\d{3}e/.test(text)) expect(reading.value).toBeNull()
          else expect(reading).toEqual({ value, fault: null })
        },
      ),
    )
  })

  it('that the portal shortens is read as what it shows, or not at all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (value) => {
        const { value: read } = readWholeNumber(formatSi(value, rate), rate)
        if (read !== null) expect(formatSi(Number(read))).toBe(formatSi(value))
      }),
    )
  })

  it('is never read as another number', () => {
    const groups = fc.array(fc.constantFrom('0', '1', '05', '12', '500', '000', '1234'), { minLength: 1, maxLength: 3 })
    const between = fc.constantFrom('.', ',', '_', ' ', '\u00a0', '', '..')
    const ends = ['', '', 'k', ' M', 'G', 'e3', 'e-1', 'e2k', 'x']
    fc.assert(
      fc.property(
        fc.constantFrom('', '-'),
        groups,
        between,
        between,
        fc.constantFrom(...ends),
        (sign, parts, a, b, end) => {
          const text = `${sign}${parts.join(a).replace(a, b)}${end}`
          const { value } = readWholeNumber(text)
          if (value === null) return
          expect(meanings(text)).toEqual([Number(value)])
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

/** What people may mean: a point or a comma begins the fraction, and the other separates thousands, in threes. */
function meanings(text: string): number[] {
  const typed = text.replace(/\s+/g, ' ').trim()
  const [, sign = '', digits = '', exponent = '0', prefix = ''] =
    /^([+-]?)([\d.,_ ]*?)(?:e([+-]?\d+))? ?([kKMG]?)$/.exec(typed) ?? []
  // This is how the portal writes numbers.
  if (/^[1-9]\d{0,2},\d{3}$/.test(digits + exponent.replace('0', '') + prefix))
    return [Number(`${sign}${digits.replace(',', '')}`)]
  const power = Number(exponent) + Math.max(0, 3 * (1 + ['K', 'M', 'G'].indexOf(prefix.toUpperCase())))
  const found = ['.', ','].flatMap((point) => {
    const [whole = '', fraction = '0', ...more] = digits.split(point)
    const isWhole = /^\d*$/.test(whole) || /^[1-9]\d{0,2}(?:([ ,._])\d{3})(?:\1\d{3})*$/.test(whole)
    if (!isWhole || more.length > 0 || !/^\d+$/.test(fraction)) return []
    return [Number(`${sign}${whole.replace(/\D/g, '')}.${fraction}e${power}`)]
  })
  return [...new Set(found)]
}
