import { expect, it } from 'vitest'
import { remoteWriteHeaders, remoteWriteVersion } from './version.ts'

it.each([
  ['application/x-protobuf', 1],
  ['application/x-protobuf;proto=prometheus.WriteRequest', 1],
  ['Application/X-Protobuf; charset=utf-8; proto="io.prometheus.write.v2.Request"', 2],
  ['application/x-protobuf;proto=io.prometheus.write.v3.Request', null],
  ['application/json', null],
  ['', null],
  [undefined, null],
])('content type %s names version %s', (contentType, version) => {
  expect(remoteWriteVersion(contentType)).toBe(version)
})

it('a sender names the version that a receiver reads', () => {
  expect(remoteWriteVersion(remoteWriteHeaders[1]['content-type'])).toBe(1)
  expect(remoteWriteVersion(remoteWriteHeaders[2]['content-type'])).toBe(2)
})
