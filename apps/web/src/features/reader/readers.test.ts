import { describe, expect, it } from 'vitest'
import { curlLine, grafanaSource, lastUse, progressText, type Reader, readerState, readersSentence } from './readers.ts'

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
  lastUsedAt: null,
  usesKnownSince: inDays(-30),
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

  const made = inDays(-10)
  it.each<[string, string | null, string | null, string]>([
    ['that was used', inDays(-1), inDays(-30), `${inDays(-1)}`],
    ['that was not used', null, inDays(-30), 'not used since it was made'],
    ['of gateways that do not report uses', null, null, 'not known?'],
    ['that was used, and now a gateway does not report it', inDays(-1), null, `${inDays(-1)} or later?`],
    ['from before gateways reported uses', null, inDays(-2), `not used since ${inDays(-2)}; not known before`],
    ['that was used before a gateway did not report it', inDays(-3), inDays(-2), `not used since ${inDays(-2)}; not known before`], // biome-ignore format: one case
  ])('%s shows its last use', (_, lastUsedAt, usesKnownSince, words) => {
    const { before, at, after, certain } = lastUse({ createdAt: made, lastUsedAt, usesKnownSince })
    expect(`${before}${at ?? ''}${after}${certain ? '' : '?'}`).toBe(words)
  })
})

it('gives commands that trust the private authority of the endpoint, if it has one', () => {
  const url = 'https://metrics.studio.example'
  const [open, closed] = [
    { url, caFile: null },
    { url, caFile: "/home/ann's/ca.pem" },
  ]
  const rest = `--header 'Authorization: Bearer tw_r_x' '${url}/api/v1/query?query=up'`
  expect(curlLine(open, 'tw_r_x')).toBe(`curl ${rest}`)
  expect(curlLine(closed, 'tw_r_x')).toBe(`curl --cacert '/home/ann'\\''s/ca.pem' ${rest}`)
  expect(grafanaSource(open, 'acme', 'tw_r_x')).not.toMatch(/tls/)
  const yaml = grafanaSource(closed, 'acme', 'tw_r_x')
  expect(yaml).toContain('    jsonData:\n      httpMethod: POST\n      manageAlerts: false\n      httpHeaderName1: Authorization\n      tlsAuthWithCACert: true\n') // biome-ignore format: one text
  expect(yaml).toContain("    secureJsonData:\n      httpHeaderValue1: Bearer tw_r_x\n      tlsCACert: $__file{/home/ann's/ca.pem}\n") // biome-ignore format: one text
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
