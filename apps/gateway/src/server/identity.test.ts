import { expect, it } from 'vitest'
import { identityOf, identityPattern, probeNameOf, probePattern } from './identity.ts'

const pattern = identityPattern('tickwatch.local', 'writer')
const id = 'spiffe://tickwatch.local/tenant/acme/writer/edge-1'

it.each([
  ['as Envoy sends it', `Hash=0a1b;URI=${id}`],
  ['in quotes', `Hash=0a1b;URI="${id}"`],
  ['alone', `URI=${id}`],
  ['with a lower-case key', `uri=${id}`],
  ['after a quoted subject with separators', `Subject="CN=a;b,c \\" d";URI=${id};DNS=edge.example`],
])('a writer is identified by its SPIFFE ID %s', (_how, header) => {
  expect(identityOf(header, pattern)).toEqual({ tenantId: 'acme', name: 'edge-1' })
})

it.each([
  ['no header', undefined],
  ['several headers', [`URI=${id}`, `URI=${id}`]],
  ['an empty header', ''],
  ['no URI', 'Hash=0a1b;DNS=edge.example'],
  ['two elements', `URI=${id},URI=spiffe://tickwatch.local/tenant/globex/writer/x`],
  ['an element added in front', `Hash=ff,Hash=0a;URI=${id}`],
  ['two URIs', `URI=${id};URI=${id}`],
  ['another trust domain', 'URI=spiffe://tickwatchXlocal/tenant/acme/writer/edge'],
  ['a gateway', 'URI=spiffe://tickwatch.local/gateway/gateway-1'],
  ['a reader', 'URI=spiffe://tickwatch.local/tenant/acme/reader/edge'],
  ['a longer path', `URI=${id}/more`],
  ['a tenant with other characters', 'URI=spiffe://tickwatch.local/tenant/AC%4DE/writer/edge'],
  ['a path with ..', 'URI=spiffe://tickwatch.local/tenant/../tenant/acme/writer/edge'],
  ['a new line', `URI="${id}\n"`],
  ['an identity inside a quoted subject', `Subject="x;URI=${id}"`],
  ['an open quote', `Subject="x;URI=${id}`],
  ['no key', `;${id}`],
  ['a very long header', `URI=${id};${'x=y;'.repeat(5_000)}`],
])('%s does not identify a writer', (_what, header) => {
  expect(identityOf(header as string | string[] | undefined, pattern)).toBeNull()
})

it('a reader is identified the same way, and a writer is not a reader', () => {
  const readers = identityPattern('tickwatch.local', 'reader')
  const reader = 'URI=spiffe://tickwatch.local/tenant/acme/reader/grafana'
  expect(identityOf(reader, readers)).toEqual({ tenantId: 'acme', name: 'grafana' })
  expect(identityOf(`URI=${id}`, readers)).toBeNull()
})

it('a probe is identified the same way, and is neither a writer nor a reader', () => {
  const probes = probePattern('tickwatch.local')
  const probe = 'Hash=0a1b;URI=spiffe://tickwatch.local/probe/probe-1'
  expect(probeNameOf(probe, probes)).toBe('probe-1')
  expect(identityOf(probe, pattern)).toBeNull()
  expect(identityOf(probe, identityPattern('tickwatch.local', 'reader'))).toBeNull()
  for (const header of [`URI=${id}`, `${probe},${probe}`, `${probe};URI=${id}`, `${probe}/more`, undefined]) {
    expect(probeNameOf(header, probes)).toBeNull()
  }
})
