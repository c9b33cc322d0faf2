import { expect, it } from 'vitest'
import { readEdgeConnection } from './edgeConnection.ts'

const arrivedAtMs = 1_796_000_000_123
const certificateExpiresAt = 1_803_698_104

it.each<[string | string[] | undefined, ReturnType<typeof readEdgeConnection>]>([
  [`12/4312/${arrivedAtMs}/1803698104`, { id: '12/4312', handshakeMs: 4.312, arrivedAtMs, certificateExpiresAt }],
  [`12/4312/${arrivedAtMs}/`, { id: '12/4312', handshakeMs: 4.312, arrivedAtMs, certificateExpiresAt: null }],
  [`12/-/${arrivedAtMs}/-`, { id: '12/-', handshakeMs: null, arrivedAtMs, certificateExpiresAt: null }],
  [`12//${arrivedAtMs}/1803698104`, { id: '12/', handshakeMs: null, arrivedAtMs, certificateExpiresAt }],
  [undefined, null],
  ['', null],
  ['12/4312', null],
  ['12/4312/-/1803698104', null],
  [`-/4312/${arrivedAtMs}/1`, null],
  [`12/-4312/${arrivedAtMs}/1`, null],
  [`12/4312/${arrivedAtMs}/1e9`, null],
  [`12/4312/${arrivedAtMs}/1/1`, null],
  [[`12/1/${arrivedAtMs}/1`, `13/1/${arrivedAtMs}/1`], null],
])('what Envoy says of a request in %j is read, and nothing else', (header, connection) => {
  expect(readEdgeConnection(header)).toEqual(connection)
})
