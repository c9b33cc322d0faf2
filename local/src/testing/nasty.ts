import fc from 'fast-check'

const unstorable = ['\0', 'a\0b', '\ud800', '\udc00x', '\ufffe']
const invisible = ['', ' ', '\u200b\u200b\u200b', '\u2800\u2800\u2800', '\u202eabc', 'acme\n']
const meaningful =
  `' OR 1=1; --|'; DROP TABLE tenant; --|%|_|\\|%_%\\|$1|{{}}|<script>alert(1)</script>|../../etc/passwd|null|undefined
|[]|{}|"|NaN|-0|1e999|9007199254740993|__proto__|constructor|infinity|acme%00|ACME|00000000-0000-0000-0000-000000000000
|ffffffff-ffff-ffff-ffff-ffffffffffff`.split(/\n?\|/)
const times =
  '0000-01-01T00:00:00Z|9999-12-31T23:59:59.999Z|2026-02-30T00:00:00Z|1969-12-31T23:59:59Z|2026-11-28'.split('|')
/** Page cursors with keys that no list has. */
const cursors =
  `["2026-11-28T00:00:00.000Z",9e99]|["\\u0000","\\ud800"]|[1e300]|[2147483648]|[1.5]|["x","y"]|[-1e15,"\\u0000"]
|["infinity","00000000-0000-4000-8000-000000000000"]`
    .split(/\n?\|/)
    .map((key) => Buffer.from(key).toString('base64url'))
const long = ['x'.repeat(500), 'x'.repeat(10_000), '\u{1f600}'.repeat(300), '٣'.repeat(200)]

/** Texts that break programs: what can't be stored, what means something to SQL, JSON, HTML and paths, and long ones. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...unstorable),
  fc.constantFrom(...invisible, ...meaningful, ...times, ...cursors, ...long),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 300 }),
)

const integerEnds = [2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63]
export const nastyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, -1, 1, 0.5, 1e-300, Number.MIN_VALUE, ...integerEnds),
  fc.constantFrom(1e15, 1e16, 1e21, 1e308, -1e308, Number.MAX_VALUE),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
)

/** A text for a part of a URL. */
export const nastyUrlPart: fc.Arbitrary<string> = nastyText.map((text) =>
  encodeURIComponent(text.toWellFormed()).slice(0, 2_000),
)
