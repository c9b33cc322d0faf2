import { expect, it } from 'vitest'
import { outsideSentence, type Preview, rollBackText, staysSentences } from './preview.ts'

const none = { items: [], total: 0 }
const preview = (over: Partial<Preview> = {}): Preview => ({
  version: 12,
  createdAt: '2026-11-28T12:00:00.000Z',
  changed: none,
  createdSince: none,
  suspendedSince: none,
  resumedSince: none,
  defaultsSince: [],
  fingerprint: 'a'.repeat(64),
  ...over,
})

it('says nothing of what is as it was', () => {
  expect(staysSentences(preview())).toEqual([])
})

it('says which tenants and defaults stay different', () => {
  const sentences = staysSentences(
    preview({
      suspendedSince: { items: ['acme'], total: 1 },
      resumedSince: { items: ['globex', 'hooli'], total: 2 },
      createdSince: { items: ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'], total: 1_234 },
      defaultsSince: [{ limit: 'ingest.burstSamples', from: 10_000, to: 50_000 }],
    }),
  )
  expect(sentences).toEqual([
    'acme: suspended since v12, stays suspended.',
    'globex and hooli: resumed since v12, stay active.',
    'a1, a2, a3, a4, a5 and 1,229 more: created since v12, keep their limits.',
    'Burst: the platform’s default was 10,000 and stays 50,000 samples.',
  ])
})

it('names the limits that end outside the present envelope', () => {
  const outside = [
    { limit: 'ingest.samplesPerSecond' as const, value: 9_000, bounds: { min: 1, max: 5_000 } },
    { limit: 'series.activeMax' as const, value: 9, bounds: null },
  ]
  expect(outsideSentence({ tenantId: 'acme', outside })).toBe(
    'Outside the envelope that acme has now: Samples per second and Active series.',
  )
  expect(outsideSentence({ tenantId: 'acme', outside: [] })).toBeNull()
})

it('the button says how many tenants change, in all and not only in the list', () => {
  expect(rollBackText(preview({ changed: { items: [], total: 3_000 } }))).toBe('Roll 3,000 tenants back to v12')
  expect(rollBackText(preview({ changed: { items: [], total: 1 } }))).toBe('Roll 1 tenant back to v12')
})
