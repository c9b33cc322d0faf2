import { expect, it } from 'vitest'
import { suspendedNow, tenantsSentence } from './tenantUse.ts'

const tenant = (id: string, over: Partial<Parameters<typeof tenantsSentence>[0][number]> = {}) => ({
  ...{ id, status: 'active' as const, refusedByReason: [] },
  ...over,
})

it.each([
  [[tenant('acme')], 'None of the tenants shown is refused.'],
  [
    [tenant('acme', { refusedByReason: [{ reason: 'rate', samplesPerSecond: 3 }] }), tenant('initech')],
    'Refused now: acme (samples per second).',
  ],
  [
    [tenant('acme', { refusedByReason: null }), tenant('initech', { refusedByReason: null, status: 'suspended' })],
    'What arrives and what is refused is unknown, because no gateway reports; suspended: initech.',
  ],
])('the list of tenants says who is refused or suspended, and what is unknown: %#', (tenants, sentence) => {
  expect(tenantsSentence(tenants)).toBe(sentence)
})

it('a suspension names what it would refuse now, 0 included, or says that nobody knows', () => {
  expect(suspendedNow(1_204)).toBe('1.2 k samples/s now')
  expect(suspendedNow(0)).toBe('0 samples/s now')
  expect(suspendedNow(null)).toBe('how much it sends now is unknown, because no gateway reports')
})
