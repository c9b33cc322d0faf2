import { describe, expect, it } from 'vitest'
import { progressText, type Reader, readerState, readersSentence } from './readers.ts'

const nowMs = Date.parse('2026-11-25T12:00:00Z')
const inDays = (days: number) => new Date(nowMs + days * 86_400_000).toISOString()
const ada = { subject: 'ada', name: 'Ada' }
const reader = (given: Partial<Reader>): Reader => ({
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  name: 'grafana',
  createdAt: inDays(-1),
  by: ada,
  expiresAt: inDays(90),
  state: 'live',
  revoked: null,
  change: 7,
  progress: { version: 12, state: 'enforced', enforcedMs: 1_900 },
  ...given,
})

describe('a token', () => {
  it.each<[string, Partial<Reader>, string, string]>([
    ['with much time left', {}, 'good', 'live'],
    ['that expires within two weeks', { expiresAt: inDays(13.9) }, 'warning', 'expires soon'],
    ['that expired after the list was read', { expiresAt: inDays(0) }, 'quiet', 'expired'],
    ['that was revoked', { state: 'revoked', revoked: { at: inDays(0), by: ada } }, 'quiet', 'revoked'],
  ])('%s shows its state', (_, given, kind, text) => {
    expect(readerState(reader(given), nowMs)).toEqual({ kind, text })
  })

  it.each<[string, Reader['progress'], string, string]>([
    ['on every gateway', { version: 12, state: 'enforced', enforcedMs: 1_900 }, 'good', 'v12, enforced in 1.9 s'],
    ['in no version yet', { version: null, state: 'saved', enforcedMs: null }, 'info', 'on its way'],
    ['on the first rings only', { version: 12, state: 'publishing', enforcedMs: null }, 'info', 'v12, on its way'],
    ['in a version that was refused', { version: 12, state: 'refused', enforcedMs: null }, 'bad', 'v12, refused by a gateway'], // biome-ignore format: one case
  ])('%s shows its progress', (_, progress, kind, text) => {
    expect(progressText(reader({ progress }))).toEqual({ kind, text })
  })
})

it('says in one sentence how many tokens there are, and which expires next', () => {
  expect(readersSentence('acme', [], nowMs).text).toBe('No token may query the metrics of acme.')
  expect(readersSentence('acme', [reader({})], nowMs)).toEqual({
    kind: 'calm',
    text: '1 token may query the metrics of acme; it expires in 90 d.',
  })
  expect(readersSentence('acme', [reader({}), reader({ name: 'report', expiresAt: inDays(3) })], nowMs)).toEqual({
    kind: 'warning',
    text: '2 tokens may query the metrics of acme; the next, report, expires in 3 d.',
  })
})
