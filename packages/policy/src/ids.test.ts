import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  gatewaySpiffeId,
  gatewaySpiffeSource,
  idFault,
  idForms,
  peerSpiffeId,
  peerSpiffeSource,
  probeSpiffeId,
  probeSpiffeSource,
} from './ids.ts'

const id = (kind: keyof typeof idForms) => fc.stringMatching(idForms[kind].pattern, { size: 'max' })
const whole = (source: string) => new RegExp(`^${source}$`)
const long = (length: number) => 'a'.repeat(length)

describe('an id', () => {
  it.each<[keyof typeof idForms, string[], string[]]>([
    ['tenant', ['acme', 'a1', 'a-b', long(63)], ['', 'a', '1a', 'a-', '-a', 'Acme', 'a_b', 'a.b', 'acme\n', long(64)]],
    ['gateway', ['1', 'gateway-1', 'a-', long(63)], ['', '-a', 'Gateway', 'a.b', 'a\n', long(64)]],
    ['ring', ['canary', 'fleet', 'wave-2', long(32)], ['', '-a', 'Fleet', 'a/b', long(33)]],
    ['environment', ['local', 'prod-eu', '1', long(32)], ['', '-a', 'Prod', 'a/b', long(33)]],
    [
      'peer',
      ['game', 'Game.Server_1-a', 'ip-10-0-0-1.internal', long(63)],
      ['', '.', '..', '-a', '_a', 'a/b', 'a b', 'ä', 'a\n', long(64)],
    ],
    ['trustDomain', ['tickwatch.local', 'a_b', long(255)], ['', 'Tickwatch.local', 'a/b', 'a:1', long(256)]],
  ])('of a %s is accepted only if its whole text has the form', (kind, right, wrong) => {
    expect(right.map((text) => idFault(idForms[kind], text))).toEqual(right.map(() => null))
    expect(wrong.map((text) => idFault(idForms[kind], text))).toEqual(wrong.map(() => idForms[kind].rule))
  })
})

describe('a SPIFFE id', () => {
  it('of a writer or reader matches only its own role, and gives the tenant and the name', () => {
    const role = fc.constantFrom('writer' as const, 'reader' as const)
    fc.assert(
      fc.property(id('trustDomain'), id('tenant'), role, id('peer'), (trustDomain, tenant, role, name) => {
        const uri = peerSpiffeId(trustDomain, tenant, role, name)
        expect(whole(peerSpiffeSource(trustDomain, role)).exec(uri)?.slice(1)).toEqual([tenant, name])
        expect(uri).not.toMatch(whole(peerSpiffeSource(trustDomain, role === 'writer' ? 'reader' : 'writer')))
        expect(uri).not.toMatch(whole(gatewaySpiffeSource(trustDomain)))
        expect(uri).not.toMatch(whole(probeSpiffeSource(trustDomain)))
      }),
    )
  })

  it('of a probe gives its name, and is not that of a writer, a reader or a gateway', () => {
    fc.assert(
      fc.property(id('trustDomain'), id('peer'), (trustDomain, name) => {
        const uri = probeSpiffeId(trustDomain, name)
        expect(whole(probeSpiffeSource(trustDomain)).exec(uri)?.slice(1)).toEqual([name])
        for (const source of [peerSpiffeSource(trustDomain, 'writer'), peerSpiffeSource(trustDomain, 'reader')]) {
          expect(uri).not.toMatch(whole(source))
        }
        expect(uri).not.toMatch(whole(gatewaySpiffeSource(trustDomain)))
      }),
    )
  })

  it('of a gateway gives its id', () => {
    fc.assert(
      fc.property(id('trustDomain'), id('gateway'), (trustDomain, gateway) => {
        const uri = gatewaySpiffeId(trustDomain, gateway)
        expect(whole(gatewaySpiffeSource(trustDomain)).exec(uri)?.slice(1)).toEqual([gateway])
      }),
    )
  })

  it('with a trust domain that only looks similar does not match', () => {
    expect(gatewaySpiffeId('tickwatchXlocal', 'a')).not.toMatch(whole(gatewaySpiffeSource('tickwatch.local')))
    const lookalike = peerSpiffeId('tickwatchXlocal', 'acme', 'writer', 'game')
    expect(lookalike).not.toMatch(whole(peerSpiffeSource('tickwatch.local', 'writer')))
  })
})
