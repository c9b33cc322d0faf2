import { resolveLimits } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import { envelopePreview } from './envelopePreview.ts'

const rate = 'ingest.samplesPerSecond'
const series = 'series.activeMax'
const before = { [rate]: { min: 1_000, max: 10_000 } }
const resolved = resolveLimits({ [rate]: 5_000 })
const asks = (to: number) => ({ by: { name: 'Mara' }, changes: [{ limit: rate, from: 5_000, to } as const] })
const preview = (
  after: Parameters<typeof envelopePreview>[2],
  used: number | null,
  ...pending: ReturnType<typeof asks>[]
) =>
  envelopePreview('acme', before, after, resolved, { [rate]: used }, pending).map(
    ({ kind, by, text }) => `${kind}: ${by ? `${by} ` : ''}${text}`,
  )

it('says nothing about an envelope that does not change', () => {
  expect(preview(before, 9_000_000, asks(15_000))).toEqual([])
})

it('says what the tenant can set alone, and which waiting request would fit', () => {
  expect(preview({ [rate]: { min: 1_000, max: 20_000 } }, 3_000, asks(15_000), asks(30_000))).toEqual([
    'info: acme can set samples per second alone, from 1,000 to 20,000 samples/s. Until now it could set 1,000 to 10,000.',
    'good: Mara asks for samples per second 15,000 samples/s: that is inside, so acme could set it alone. The request still waits for a decision.',
    'quiet: Mara asks for samples per second 30,000 samples/s: that still needs an approval.',
  ])
})

it('warns of a present limit and of a present use outside', () => {
  expect(preview({ [rate]: { min: 1_000, max: 2_000 } }, 2_980.4)).toEqual([
    'info: acme can set samples per second alone, from 1,000 to 2,000 samples/s. Until now it could set 1,000 to 10,000.',
    'warning: The limit of 5,000 samples/s is above the maximum of 2,000. It stays until someone changes it.',
    'warning: acme uses 2,980 samples/s now, more than it could set alone.',
  ])
  expect(preview({ [rate]: { min: 6_000, max: 9_000 } }, null)).toContain(
    'warning: The limit of 5,000 samples/s is below the minimum of 6,000. It stays until someone changes it.',
  )
})

it('says which limits the tenant may no longer set, and which it may from now on', () => {
  expect(preview({ [series]: { min: 1, max: 200_000 } }, null)).toEqual([
    'info: Every change of samples per second needs an approval. Until now it could set 1,000 to 10,000.',
    'info: acme can set active series alone, from 1 to 200,000 series. Until now every change needed an approval.',
  ])
})
