/** What is checked of an image, in the order in which pages show it. */
export const checkNames = [
  'signature',
  'provenance',
  'manifest',
  'reports',
  'amis',
  'scan',
  'vulnerabilities',
  'age',
] as const
export type CheckName = (typeof checkNames)[number]

/** Why an image may not roll out. */
export type RefusalCode =
  // signature
  | 'unsigned'
  | 'bundle-unreadable'
  | 'no-attestation'
  | 'signed-without-key'
  | 'key-unknown'
  | 'signature-wrong'
  | 'key-expired'
  | 'key-not-yet-valid'
  // provenance
  | 'payload-type'
  | 'statement-unreadable'
  | 'predicate-type'
  | 'subject-digest'
  | 'provenance-unreadable'
  | 'commit-not-signed'
  // manifest
  | 'manifest-unreadable'
  | 'image-not-signed'
  | 'ami-not-signed'
  // reports
  | 'report-missing'
  | 'report-not-signed'
  // amis
  | 'ami-not-asked'
  | 'ami-answer-old'
  | 'ami-not-found'
  | 'ami-not-available'
  | 'ami-owner'
  | 'ami-architecture'
  | 'ami-imds'
  | 'ami-tag'
  // scan
  | 'scan-without-time'
  | 'scan-without-database'
  | 'scan-database-old'
  // vulnerabilities and age
  | 'vulnerability'
  | 'age-unknown'
  | 'built-in-future'
  | 'too-old'

/** One reason, and what to do about it, a sentence each. */
export type Refusal = { code: RefusalCode; reason: string; remedy: string }

export type Check = {
  name: CheckName
  /** Empty if it passed. */
  refusals: Refusal[]
  /** What it shows, as a sentence. Null if it did not pass. */
  proof: string | null
}

export const refusal = (code: RefusalCode, reason: string, remedy: string): Refusal => ({ code, reason, remedy })

/** @param proof only read if nothing was refused */
export const check = (name: CheckName, refusals: Refusal[], proof: () => string): Check => ({
  name,
  refusals,
  proof: refusals.length === 0 ? proof() : null,
})
