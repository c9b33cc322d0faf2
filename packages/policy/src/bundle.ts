import { canonicalJson } from './canonicalJson.ts'
import { type LabelSchema, platformLabelSchema } from './labelSchema.ts'
import { type Limits, limitNames, type ResolvedLimits, resolveLimits } from './limits.ts'

export const tenantStatuses = ['active', 'suspended'] as const
export type TenantStatus = (typeof tenantStatuses)[number]
/** A token that may query a tenant's metrics. The bundle has its hash only. */
export type ReaderToken = {
  name: string
  /** Of the token's UTF-8 bytes: 64 lower-case hexadecimal digits. */
  sha256: string
  /** ISO 8601, UTC: from then on it is refused, whether or not a newer bundle arrived. */
  expiresAt: string
}
/** One tenant in the bundle: only what differs from the defaults. `readers` is absent where there is none. */
export type BundleTenant = { status: TenantStatus; limits: Limits; readers?: ReaderToken[] }

/** The policy of all tenants, the whole input of every gateway. */
export type Bundle = {
  format: number
  /** Binds the bundle to its environment: one signed for staging is refused in production. */
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
 * Compiles the bundle of all tenants in format 1: same source, same bytes. It is canonical JSON but for a line feed around each tenant,
 * by which a `BundleReader` sees what differs from the version before.
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

/** Writes a bundle, by format. A format stays here until no gateway is left that reads nothing newer. */
export type BundleWriters = Readonly<Record<number, (source: BundleSource) => string>>
export const bundleWriters: BundleWriters = { 1: compileBundle }

const noTenants = '"tenants":{}'

function compileTenant({ status, limits, readers }: BundleSource['tenants'][number]): BundleTenant {
  const own: Limits = {}
  for (const name of limitNames) if (limits[name] !== null && limits[name] !== undefined) own[name] = limits[name]
  return readers.length > 0 ? { status, limits: own, readers: inOrder(readers) } : { status, limits: own }
}

/** By hash, so that the bundle's bytes don't depend on the order in which the database gave them. */
const inOrder = (readers: readonly ReaderToken[]) =>
  readers
    .map(({ name, sha256, expiresAt }) => ({ name, sha256, expiresAt }))
    .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
