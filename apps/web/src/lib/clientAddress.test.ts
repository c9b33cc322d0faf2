import { expect, it } from 'vitest'
import { clientAddress } from './clientAddress.ts'

it.each<[string | undefined, number, string | null]>([
  // Nobody before the portal is trusted: the peer is the client.
  [undefined, 0, '10.0.0.9'],
  ['8.8.8.8', 0, '10.0.0.9'],
  ['8.8.8.8, 10.1.2.3', 0, '10.0.0.9'],
  // A load balancer appended the address of the browser.
  ['203.0.113.7', 1, '203.0.113.7'],
  ['8.8.8.8, 203.0.113.7', 1, '203.0.113.7'],
  ['8.8.8.8,2001:db8::1', 1, '2001:db8::1'],
  ['::ffff:203.0.113.7', 1, '203.0.113.7'],
  // Two proxies.
  ['8.8.8.8, 203.0.113.7, 10.1.2.3', 2, '203.0.113.7'],
  // A request that did not come through all of them.
  [undefined, 2, '10.0.0.9'],
  ['203.0.113.7', 3, '203.0.113.7'],
  // Something other than an address.
  ['<script>alert(1)</script>', 0, '10.0.0.9'],
  ['<script>alert(1)</script>', 1, '10.0.0.9'],
  ['unknown, 10.1.2.3', 2, '10.1.2.3'],
  ['203.0.113.7:443', 1, '10.0.0.9'],
  ['', 1, '10.0.0.9'],
])('%s with %i trusted proxies comes from %s', (forwardedFor, trustedProxies, client) => {
  expect(clientAddress(forwardedFor, '::ffff:10.0.0.9', trustedProxies)).toBe(client)
})

it('is unknown if the connection is gone', () => {
  expect(clientAddress(undefined, undefined, 0)).toBeNull()
})
