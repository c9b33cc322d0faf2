import type { X509Certificate } from 'node:crypto'
import { gatewaySpiffeSource, probeSpiffeSource } from '@tickwatch/policy'
import { DomainError } from '../shared/errors.ts'

/** The caller of the machine port, by its client certificate. */
export type Machine = { kind: 'gateway' | 'probe'; name: string }

/**
 * The gateway or probe that a client certificate names, `spiffe://<trust domain>/gateway/<id>` or `…/probe/<name>`. An
 * X.509-SVID has exactly one URI name (SPIFFE X.509-SVID §2), so a certificate with several is refused.
 * @param certificate the TLS handshake must have verified its chain
 * @throws DomainError `forbidden` if it belongs to neither.
 */
export function machineOf(certificate: X509Certificate | undefined, trustDomain: string): Machine {
  const names = (certificate?.subjectAltName ?? '').split(', ')
  const uris = names.filter((name) => name.startsWith('URI:')).map((name) => name.slice(4))
  const uri = uris.length === 1 ? (uris[0] ?? '') : ''
  for (const [kind, source] of [
    ['gateway', gatewaySpiffeSource(trustDomain)],
    ['probe', probeSpiffeSource(trustDomain)],
  ] as const) {
    const name = new RegExp(`^${source}$`).exec(uri)?.[1]
    if (name) return { kind, name }
  }
  throw wrongMachine('gateway')
}

/** The caller is not of the kind that a route is for. */
export const wrongMachine = (wanted: Machine['kind']) =>
  new DomainError('forbidden', `not-a-${wanted}`, `The client certificate does not name a ${wanted} of this platform.`)
