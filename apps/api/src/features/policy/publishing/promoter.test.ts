import { expect, it } from 'vitest'
import { countedFor, waitSentence } from './promoter.ts'

it('names only the first gateways for which a version waits, however many there are', () => {
  const away = Array.from({ length: 200 }, (_, n) => ({ gatewayId: `gateway-${n + 1}` }))
  expect(waitSentence('canary', away, 'fleet', Date.parse('2026-11-29T03:04:05Z'))).toBe(
    'It waits for gateway-1, gateway-2, gateway-3 and 197 others of ring canary: no heartbeat. Ring fleet gets it at 03:04:05 UTC at the latest.',
  )
})

const at = new Date('2026-11-29T03:04:05Z')
const there = { leftAt: null, endedAt: null }
const drained = { leftAt: at, endedAt: null }
const ended = { leftAt: null, endedAt: at }

it.each<[string, Record<string, { leftAt: Date | null; endedAt: Date | null }>, string[]]>([
  [
    'all that are there',
    { 'canary-1': there, 'canary-2': there, 'fleet-1': there },
    ['canary-1', 'canary-2', 'fleet-1'],
  ],
  ['not one that drained, nor the ring that so has none', { 'canary-1': drained, 'fleet-1': there }, ['fleet-1']],
  ['not one that ended, if another is there', { 'canary-1': ended, 'canary-2': there }, ['canary-2']],
  ['one that ended, if its ring has no other: the version may be why', { 'canary-1': ended }, ['canary-1']],
  ['that one also beside one that drained', { 'canary-1': ended, 'canary-2': drained }, ['canary-1']],
  [
    'none that ended in another ring',
    { 'canary-1': ended, 'fleet-1': ended, 'fleet-2': there },
    ['canary-1', 'fleet-2'],
  ],
])('a promotion after the canaries counts %s', (_case, known, counted) => {
  const gateways = Object.entries(known).map(([id, facts]) => ({ ...facts, id, ring: id.split('-')[0] ?? '' }))
  const ids = countedFor(gateways, 'canary').map(({ id }) => id)
  expect(ids.sort()).toEqual(counted)
})
