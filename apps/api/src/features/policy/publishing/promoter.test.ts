import { expect, it } from 'vitest'
import { waitSentence } from './promoter.ts'

it('names only the first gateways for which a version waits, however many there are', () => {
  const away = Array.from({ length: 200 }, (_, n) => ({ gatewayId: `gateway-${n + 1}` }))
  expect(waitSentence('canary', away, 'fleet', Date.parse('2026-11-29T03:04:05Z'))).toBe(
    'It waits for gateway-1, gateway-2, gateway-3 and 197 others of ring canary: no heartbeat. Ring fleet gets it at 03:04:05 UTC at the latest.',
  )
})
