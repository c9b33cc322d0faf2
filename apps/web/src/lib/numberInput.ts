import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { formatInteger } from './format.ts'

/** A number as it was read, or why the text can't be read as one, as a sentence. */
type Reading<T> = { value: T; fault: null } | { value: null; fault: string }

const thousands: Record<string, bigint> = { '': 1n, k: 10n ** 3n, K: 10n ** 3n, M: 10n ** 6n, G: 10n ** 9n }
const byteMultiples: Record<string, bigint> = {
  ...{ B: 1n, kB: 10n ** 3n, KB: 10n ** 3n, MB: 10n ** 6n, GB: 10n ** 9n },
  ...{ KiB: 2n ** 10n, MiB: 2n ** 20n, GiB: 2n ** 30n },
}

const lengthMax = 60
/** Sign, digits with separators, exponent, and what follows: `k`, a unit, or both. */
const form = /^([+-]?)([\d.][\d ,._'’]*?)(?:e([+-]?\d{1,2}))? ?([a-z/][a-z/ ]*)?$/i

/**
 * Reads a whole number as people write it: `5k`, `1.5 M`, `1e6`, `1 000 000`, `2,000,000`, `2_000`, with or without its
 * unit, and for bytes `4 MiB`. `k`, `M` and `G` are powers of 1,000. A text that people of different countries read as
 * different numbers, such as `1,5` and `1.500`, has no value.
 * @param unit of the field, for example `samples/s`.
 */
export function readWholeNumber(text: string, unit = ''): Reading<bigint> {
  // \s includes the blanks that other programs put between digits, such as U+00A0 and U+202F.
  const typed = text.replace(/\s+/g, ' ').trim().replace('\u2212', '-')
  if (typed === '') return { value: null, fault: 'Enter a number.' }
  const parts = typed.length <= lengthMax ? form.exec(typed) : null
  if (!parts) return { value: null, fault: unreadable(typed, unit) }
  const [, sign, digits = '', exponent = '0', suffix = ''] = parts
  const factor = factorOf(suffix, unit)
  const number = decimalOf(digits, factor !== 1n || exponent !== '0')
  if (factor === null || number === null) return { value: null, fault: unreadable(typed, unit) }
  if (number === 'ambiguous') return { value: null, fault: ambiguous(typed, digits) }
  const [whole = '', fraction = ''] = number.split('.')
  const power = Number(exponent) - fraction.length
  const dividend = BigInt(whole + fraction) * factor * 10n ** BigInt(Math.max(0, power))
  const divisor = 10n ** BigInt(Math.max(0, -power))
  if (dividend % divisor !== 0n) return { value: null, fault: `${typed} is not a whole number.` }
  return { value: (sign === '-' ? -dividend : dividend) / divisor, fault: null }
}

/** What `k`, `M`, `MiB` or the unit alone multiplies by. Null for anything else. */
function factorOf(suffix: string, unit: string): bigint | null {
  const prefix = unit !== '' && suffix.endsWith(unit) ? suffix.slice(0, -unit.length).trim() : suffix
  const factors = unit === 'bytes' ? { ...thousands, ...byteMultiples } : thousands
  return Object.hasOwn(factors, prefix) ? (factors[prefix] ?? null) : null
}

/** Digits in threes after the first one to three. A zero in front is the sign of a fraction: `0,500`. */
const inThrees = /^[1-9]\d{0,2}(?:([ ,_'’])\d{3})(?:\1\d{3})*$/

/**
 * The digits with a point before the fraction, and no other separator. Null if they are not a number.
 * @param scaled true if a suffix or an exponent follows: in `1,500 k` the comma may be that of a fraction.
 */
function decimalOf(digits: string, scaled: boolean): string | 'ambiguous' | null {
  if (/^\d+$/.test(digits)) return digits
  if (/^\d+,\d+$/.test(digits) && (scaled || !inThrees.test(digits))) return 'ambiguous'
  if (/^[1-9]\d{0,2}\.\d{3}$/.test(digits)) return 'ambiguous'
  if (/^[1-9]\d{0,2}(?:\.\d{3}){2,}$/.test(digits)) return digits.replaceAll('.', '')
  const [whole = '', fraction = '', ...more] = digits.split('.')
  const isWhole = /^\d*$/.test(whole) || inThrees.test(whole)
  if (!isWhole || !/^\d*$/.test(fraction) || more.length > 0 || !/\d$/.test(digits)) return null
  return digits.replace(/[ ,_'’]/g, '')
}

function unreadable(typed: string, unit: string): string {
  const shown = typed.length <= lengthMax ? typed : `${typed.slice(0, lengthMax)}…`
  return `“${shown}” is not a number. Write for example 5k, 1.5M, 1e6${unit === 'bytes' ? ', 4 MiB' : ''} or 1,000,000.`
}

function ambiguous(typed: string, digits: string): string {
  const [whole, fraction = ''] = digits.split(/[.,]/)
  const short = fraction.replace(/0+$/, '')
  return `“${typed}” can mean ${whole}${fraction} or ${short === '' ? whole : `${whole}.${short}`} to different people. Leave out the separator of thousands, and write a fraction with a point.`
}

/** A limit's value as it was typed, or why it can't be its value. */
export function readLimitValue(limit: LimitName, text: string): Reading<number> {
  const { unit, min, max } = limitDefinitions[limit]
  const range = `${formatInteger(min)} to ${formatInteger(max)} ${unit}`
  if (text.trim() === '') return { value: null, fault: `Enter a number from ${range}.` }
  const { value, fault } = readWholeNumber(text, unit)
  if (value === null) return { value, fault }
  if (value < min || value > max)
    return {
      value: null,
      fault: `${value.toLocaleString('en-US')} is too ${value < min ? 'low' : 'high'}: enter ${range}.`,
    }
  return { value: Number(value), fault: null }
}
