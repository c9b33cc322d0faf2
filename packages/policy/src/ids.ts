/** The form of one kind of id. The portal, the API, Envoy, the gateways and the database's checks all use it. */
export type IdForm = {
  /** A regular expression without anchors. It means the same in JavaScript, RE2 (Envoy) and Postgres. */
  source: string
  /** Matches the whole text. */
  pattern: RegExp
  /** The form in words. */
  rule: string
}

const form = (source: string, rule: string): IdForm => ({ source, pattern: new RegExp(`^${source}$`), rule })

const dashed = 'lower-case letters, digits and dashes'

export const idForms = {
  tenant: form(
    '[a-z][a-z0-9-]{0,61}[a-z0-9]',
    `Use 2 to 63 ${dashed}. Start with a letter and do not end with a dash.`,
  ),
  gateway: form('[a-z0-9][a-z0-9-]{0,62}', `Use 1 to 63 ${dashed}. Do not start with a dash.`),
  ring: form('[a-z0-9][a-z0-9-]{0,31}', `Use 1 to 32 ${dashed}. Do not start with a dash.`),
  /** Part of the names of SSM parameters, and of every bundle. */
  environment: form('[a-z0-9][a-z0-9-]{0,31}', `Use 1 to 32 ${dashed}. Do not start with a dash.`),
  /** The name of a writer or a reader within its tenant, or of a probe, such as a host's name. */
  peer: form(
    '[A-Za-z0-9][A-Za-z0-9._-]{0,62}',
    'Use 1 to 63 letters, digits, dots, dashes and underscores. Start with a letter or a digit.',
  ),
  /** Of golden images: all versions of one have the same name. */
  image: form('[a-z][a-z0-9-]{0,31}', `Use 1 to 32 ${dashed}. Start with a letter.`),
  imageVersion: form(
    '[A-Za-z0-9][A-Za-z0-9.+_-]{0,62}',
    'Use 1 to 63 letters, digits, dots, plus signs, dashes and underscores. Start with a letter or a digit.',
  ),
  /** SPIFFE-ID, section 2.1. */
  trustDomain: form('[a-z0-9._-]{1,255}', 'Use 1 to 255 lower-case letters, digits, dots, dashes and underscores.'),
} satisfies Record<string, IdForm>

/** The defaults of a process, for a platform on one machine. */
export const idDefaults = { environment: 'local', trustDomain: 'tickwatch.local' } as const

/** Why `text` can't be such an id, as a sentence. Null if it can. */
export const idFault = ({ pattern, rule }: IdForm, text: string): string | null => (pattern.test(text) ? null : rule)

/** A SHA-256 as it is written everywhere: 64 lower-case hexadecimal digits. */
export const sha256Pattern = /^[0-9a-f]{64}$/

export type PeerRole = 'writer' | 'reader'

export const peerSpiffeId = (trustDomain: string, tenantId: string, role: PeerRole, name: string) =>
  `spiffe://${trustDomain}/tenant/${tenantId}/${role}/${name}`
export const gatewaySpiffeId = (trustDomain: string, gatewayId: string) =>
  `spiffe://${trustDomain}/gateway/${gatewayId}`

export const probeSpiffeId = (trustDomain: string, name: string) => `spiffe://${trustDomain}/probe/${name}`

/** A regular expression without anchors for {@link peerSpiffeId}; its groups are the tenant and the name. */
export const peerSpiffeSource = (trustDomain: string, role: PeerRole) =>
  peerSpiffeId(escaped(trustDomain), `(${idForms.tenant.source})`, role, `(${idForms.peer.source})`)
/** A regular expression without anchors for {@link gatewaySpiffeId}; its group is the gateway. */
export const gatewaySpiffeSource = (trustDomain: string) =>
  gatewaySpiffeId(escaped(trustDomain), `(${idForms.gateway.source})`)
/** A regular expression without anchors for {@link probeSpiffeId}; its group is the name. */
export const probeSpiffeSource = (trustDomain: string) =>
  probeSpiffeId(escaped(trustDomain), `(${idForms.peer.source})`)

/** The dot is the only character of a trust domain with a special meaning in a regular expression. */
const escaped = (trustDomain: string) => trustDomain.replaceAll('.', '\\.')
