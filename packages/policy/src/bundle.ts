import { canonicalJson } from './canonicalJson.ts'
import { type LabelSchema, platformLabelSchema } from './labelSchema.ts'
import { type Limits, limitNames, type ResolvedLimits, resolveLimits } from './limits.ts'

export const tenantStatuses = ['active', 'suspended'] as const
export type TenantStatus = (typeof tenantStatuses)[number]
/** A token that may query a tenant's metrics. The bundle contains only its hash. */
export type ReaderToken = {
  name: string
  /** The hash of the token's UTF-8 bytes: 64 lower-case hexadecimal digits. */
  sha256: string
  /** ISO 8601, UTC. From then on gateways refuse the token, even without a newer bundle. */
  expiresAt: string
}
/** One tenant in the bundle: only what differs from the defaults. `readers` is absent if it has none. */
export type BundleTenant = { status: TenantStatus; limits: Limits; readers?: ReaderToken[] }

/** The policy of all tenants. Every gateway gets the whole of it. */
export type Bundle = {
  format: number
  /** Binds the bundle to its environment: gateways in production refuse a bundle that was signed for staging. */
  environment: string
  version: number
  defaults: ResolvedLimits
  labelSchema: LabelSchema
  tenants: Record<string, BundleTenant>
}

export type BundleSource = {
  environment: string
  version: number
  platformDefaults: Limits
  tenants: readonly { id: string; status: TenantStatus; limits: Limits; readers: readonly ReaderToken[] }[]
}

/**
 * Compiles the bundle of all tenants in format 1. The same source gives the same bytes: canonical JSON, plus a line
 * feed before and after each tenant. By these lines a `BundleReader` finds the tenants that changed.
 */
export function compileBundle(source: BundleSource): string {
  const lines = source.tenants
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((tenant) => `${JSON.stringify(tenant.id)}:${canonicalJson(compileTenant(tenant))}`)
  const bundle: Bundle = {
    format: 1,
    environment: source.environment,
    version: source.version,
    defaults: resolveLimits(source.platformDefaults),
    labelSchema: platformLabelSchema,
    tenants: {},
  }
  const around = canonicalJson(bundle)
  const within = around.lastIndexOf(noTenants) + noTenants.length - 1
  return `${around.slice(0, within)}\n${lines.join(',\n')}\n${around.slice(within)}`
}

/** The same bundle with another version. Its version is its last member in every format. */
export const renumberBundle = (json: string, version: number): string =>
  `${json.slice(0, json.lastIndexOf(':') + 1)}${version}}`

/** The writer of each bundle format. Remove one only when every gateway reads a newer format. */
export type BundleWriters = Readonly<Record<number, (source: BundleSource) => string>>
export const bundleWriters: BundleWriters = { 1: compileBundle }

const noTenants = '"tenants":{}'

function compileTenant({ status, limits, readers }: BundleSource['tenants'][number]): BundleTenant {
  const own: Limits = {}
  for (const name of limitNames) if (limits[name] !== null && limits[name] !== undefined) own[name] = limits[name]
  return readers.length > 0 ? { status, limits: own, readers: inOrder(readers) } : { status, limits: own }
}

/** Sorts by hash, so that the bundle's bytes do not depend on the order of the database's rows. */
const inOrder = (readers: readonly ReaderToken[]) =>
  readers
    .map(({ name, sha256, expiresAt }) => ({ name, sha256, expiresAt }))
    .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
