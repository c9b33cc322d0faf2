import fc from 'fast-check'
import { expect, it } from 'vitest'
import { verdictOf } from './verdict.ts'

const image = { id: 'id-1', name: 'gateway', version: '1.4.0', ready: true, refusals: [] }
const refusal = { check: 'scan', code: 'scan-without-database', reason: 'It finds nothing.', remedy: 'Scan again.' }
const problem = { type: 'about:blank', title: 'The reason.', status: 422, code: 'image-not-proven' }

it.each<[string, number, unknown, boolean, string[]]>([
  ['a new image', 201, image, true, ['gateway 1.4.0 is registered as id-1. It may roll out now.']],
  ['one that was there', 200, image, true, ['gateway 1.4.0 is registered as id-1. It may roll out now.']],
  [
    'one that is refused',
    201,
    { ...image, ready: false, refusals: [refusal] },
    false,
    ['gateway 1.4.0 is registered as id-1. It may not roll out now:', '  scan: It finds nothing. Scan again.'],
  ],
  [
    'one that is not proven',
    422,
    { ...problem, details: [refusal] },
    false,
    ['The portal did not register the image (422, image-not-proven):', '  It finds nothing. Scan again.'],
  ],
  [
    'a fault of the input, whose details are others',
    422,
    { ...problem, code: 'invalid-input', details: [{ path: 'amis', message: 'Too small' }] },
    false,
    ['The portal did not register the image (422, invalid-input):', '  The reason.'],
  ],
  [
    'a token that may not',
    403,
    { ...problem, code: 'forbidden' },
    false,
    ['The portal did not register the image (403, forbidden):', '  The reason.'],
  ],
  ['a proxy', 200, '<html>', false, ['The portal answered 200, and not as it should: "<html>"']],
  [
    'an image with a status that is an error',
    500,
    image,
    false,
    [expect.stringContaining('answered 500') as unknown as string],
  ],
])('the answer about %s', (_what, status, body, isReady, lines) => {
  expect(verdictOf(status, JSON.stringify(body))).toEqual({ isReady, lines })
})

it('calls nothing ready unless the portal says so and refuses nothing', () => {
  const answers = fc
    .record({ ready: fc.boolean(), refusals: fc.array(fc.constant(refusal), { maxLength: 2 }) })
    .map((each) => JSON.stringify({ ...image, ...each }))
  const anything = fc.oneof(fc.json(), fc.string(), answers)
  fc.assert(
    fc.property(fc.constantFrom(200, 201, 204, 302, 401, 422, 500), anything, (status, text) => {
      const { isReady, lines } = verdictOf(status, text)
      expect(lines.length).toBeGreaterThan(0)
      if (!isReady) return
      expect(status === 200 || status === 201).toBe(true)
      expect(JSON.parse(text)).toMatchObject({ ready: true, refusals: [] })
    }),
  )
})
