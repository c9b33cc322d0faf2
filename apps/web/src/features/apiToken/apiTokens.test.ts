import { describe, expect, it } from 'vitest'
import { type ApiToken, scopeText, tokenState, tokensSentence } from './apiTokens.ts'

const nowMs = Date.parse('2026-11-29T12:00:00Z')
const inDays = (days: number) => new Date(nowMs + days * 86_400_000).toISOString()
const ada = { subject: 'ada', name: 'Ada' }
const token = (given: Partial<ApiToken> = {}): ApiToken => ({
  ...{ id: '0f8fad5b-d9cb-469f-a165-70867728950e', name: 'mimir', scopes: ['alerts:send'], by: ada },
  ...{ createdAt: inDays(-1), expiresAt: inDays(90), state: 'live', revoked: null, lastUsedAt: null },
  ...given,
})

describe('a token', () => {
  it.each<[string, Partial<ApiToken>, string, string]>([
    ['with much time left', {}, 'good', 'live'],
    ['that expires within two weeks', { expiresAt: inDays(13.9) }, 'warning', 'expires soon'],
    ['that expired after the list was read', { expiresAt: inDays(0) }, 'quiet', 'expired'],
    ['that was revoked', { state: 'revoked', revoked: { at: inDays(0), by: ada } }, 'quiet', 'revoked'],
  ])('%s shows its state', (_, given, kind, text) => {
    expect(tokenState(token(given), nowMs)).toEqual({ kind, text })
  })
})

it('says in one sentence how many are live, and which expires next', () => {
  expect(tokensSentence([token({ state: 'revoked' })], nowMs).text).toBe('No token is live.')
  expect(tokensSentence([token()], nowMs)).toEqual({
    kind: null,
    text: '1 token is live; it expires in 90 d.',
  })
  expect(tokensSentence([token(), token({ name: 'old', expiresAt: inDays(3) })], nowMs)).toEqual({
    kind: 'warning',
    text: '2 tokens are live; the next, old, expires in 3 d.',
  })
})

it('shows a scope of a newer release by its name', () => {
  expect([scopeText('alerts:send'), scopeText('slos:read')]).toEqual(['send alerts', 'slos:read'])
})
