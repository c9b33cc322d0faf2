/** The form of one kind of id. The portal, the API, Envoy, the gateways and the database's checks all take it from here. */
export type IdForm = {
  /** A regular expression without anchors. JavaScript, RE2 (Envoy) and Postgres read it alike. */
  source: string
  /** Matches the whole text. */
  pattern: RegExp
  /** The form in words. */
  rule: string
}

const form = (source: string, rule: string): IdForm => ({ source, pattern: new RegExp(`^${source}$`), rule })

const dashed = 'Lower-case letters, digits and dashes'

export const idForms = {
  tenant: form(
    '[a-z][a-z0-9-]{0,61}[a-z0-9]',
    `${dashed}, 2 to 63 of them, starting with a letter and not ending with a dash.`,
  ),
  gateway: form('[a-z0-9][a-z0-9-]{0,62}', `${dashed}, 1 to 63 of them, not starting with a dash.`),
  ring: form('[a-z0-9][a-z0-9-]{0,31}', `${dashed}, 1 to 32 of them, not starting with a dash.`),
  /** Part of the names of SSM parameters, and of every bundle. */
  environment: form('[a-z0-9][a-z0-9-]{0,31}', `${dashed}, 1 to 32 of them, not starting with a dash.`),
  /** The name of a writer or a reader within its tenant, such as a host's name. */
  peer: form(
    '[A-Za-z0-9][A-Za-z0-9._-]{0,62}',
    'Letters, digits, dots, dashes and underscores, 1 to 63 of them, starting with a letter or a digit.',
  ),
  /** SPIFFE-ID, section 2.1. */
  trustDomain: form(
    '[a-z0-9._-]{1,255}',
    'Lower-case letters, digits, dots, dashes and underscores, 1 to 255 of them.',
  ),
} satisfies Record<string, IdForm>

/** What a process takes that is not told otherwise, as on one machine. */
export const idDefaults = { environment: 'local', trustDomain: 'tickwatch.local' } as const

/** Why `text` can't be such an id, as a sentence; null when it can. */
export const idFault = ({ pattern, rule }: IdForm, text: string): string | null => (pattern.test(text) ? null : rule)

export type PeerRole = 'writer' | 'reader'

export const peerSpiffeId = (trustDomain: string, tenantId: string, role: PeerRole, name: string) =>
  `spiffe://${trustDomain}/tenant/${tenantId}/${role}/${name}`
export const gatewaySpiffeId = (trustDomain: string, gatewayId: string) =>
  `spiffe://${trustDomain}/gateway/${gatewayId}`

/** A regular expression without anchors for {@link peerSpiffeId}; its groups are the tenant and the name. */
export const peerSpiffeSource = (trustDomain: string, role: PeerRole) =>
  peerSpiffeId(escaped(trustDomain), `(${idForms.tenant.source})`, role, `(${idForms.peer.source})`)
/** A regular expression without anchors for {@link gatewaySpiffeId}; its group is the gateway. */
export const gatewaySpiffeSource = (trustDomain: string) =>
  gatewaySpiffeId(escaped(trustDomain), `(${idForms.gateway.source})`)

/** Of what a trust domain may have, only the dot means something else in a regular expression. */
const escaped = (trustDomain: string) => trustDomain.replaceAll('.', '\\.')
