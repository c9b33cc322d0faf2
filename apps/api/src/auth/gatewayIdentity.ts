import type { X509Certificate } from 'node:crypto'
import { gatewaySpiffeSource } from '@tickwatch/policy'
import { DomainError } from '../shared/errors.ts'

/**
 * The gateway that a client certificate names, `spiffe://<trust domain>/gateway/<id>`. An X.509-SVID has exactly one
 * URI name (SPIFFE X.509-SVID §2), so a certificate with several is refused.
 * @param certificate the TLS handshake must have verified its chain
 * @throws DomainError `forbidden` if it does not belong to a gateway.
 */
export function gatewayIdOf(certificate: X509Certificate | undefined, trustDomain: string): string {
  const names = (certificate?.subjectAltName ?? '').split(', ')
  const uris = names.filter((name) => name.startsWith('URI:')).map((name) => name.slice(4))
  const pattern = new RegExp(`^${gatewaySpiffeSource(trustDomain)}$`)
  const id = uris.length === 1 ? pattern.exec(uris[0] ?? '')?.[1] : undefined
  if (!id)
    throw new DomainError(
      'forbidden',
      'not-a-gateway',
      'The client certificate does not name a gateway of this platform.',
    )
  return id
}
