import { canonicalJson } from './canonicalJson.ts'
import { type LabelSchema, labelSchemaFault, platformLabelSchema } from './labelSchema.ts'
import { type Limits, limitFaults, limitNames, type ResolvedLimits, resolveLimits } from './limits.ts'

export const bundleFormat = 1

export type TenantStatus = 'active' | 'suspended'
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
  format: typeof bundleFormat
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

/** Compiles the bundle of all tenants to canonical JSON: same source, same bytes. */
export function compileBundle(source: BundleSource): string {
  const tenants = noTenants()
  for (const { id, status, limits, readers } of source.tenants) {
    const own: Limits = {}
    for (const name of limitNames) if (limits[name] !== null && limits[name] !== undefined) own[name] = limits[name]
    tenants[id] = readers.length > 0 ? { status, limits: own, readers: inOrder(readers) } : { status, limits: own }
  }
  const bundle: Bundle = {
    format: bundleFormat,
    environment: source.environment,
    version: source.version,
    defaults: resolveLimits(source.platformDefaults),
    labelSchema: platformLabelSchema,
    tenants,
  }
  return canonicalJson(bundle)
}

export class BundleError extends Error {
  override name = 'BundleError'
}

/**
 * Reads a bundle whose hash and signature were checked.
 * @throws BundleError that names the first fault: another format or environment, or a value that can't be a limit.
 */
export function parseBundle(json: string, environment: string): Bundle {
  let bundle: Bundle
  try {
    bundle = JSON.parse(json) as Bundle
  } catch (cause) {
    throw new BundleError('the policy bundle is not JSON', { cause })
  }
  if (bundle?.format !== bundleFormat)
    throw new BundleError(`policy bundle format ${bundle?.format} is not ${bundleFormat}`)
  if (bundle.environment !== environment) {
    throw new BundleError(`the policy bundle is of environment ${bundle.environment}, this is ${environment}`)
  }
  if (!Number.isSafeInteger(bundle.version) || bundle.version < 1)
    throw new BundleError('the policy bundle has no version')
  if (!isObject(bundle.defaults)) throw new BundleError('the policy bundle has no default limits')
  const missing = limitNames.find((name) => typeof bundle.defaults[name] !== 'number')
  if (missing) throw new BundleError(`default limits: ${missing} is missing`)
  const fault = limitFaults(bundle.defaults)[0]
  if (fault) throw new BundleError(`default limits: ${fault}`)
  const schemaFault = labelSchemaFault(bundle.labelSchema)
  if (schemaFault) throw new BundleError(`label schema: ${schemaFault}`)
  if (!isObject(bundle.tenants)) throw new BundleError('the policy bundle has no tenants')
  for (const [id, tenant] of Object.entries(bundle.tenants)) checkTenant(id, tenant)
  // Not copied: 10,000 members take longer to copy than to check.
  Object.setPrototypeOf(bundle.tenants, null)
  return bundle
}

function checkTenant(id: string, tenant: BundleTenant): void {
  if (tenant?.status !== 'active' && tenant?.status !== 'suspended') throw new BundleError(`tenant ${id} has no status`)
  if (!isObject(tenant.limits)) throw new BundleError(`tenant ${id} has no limits`)
  const fault = limitFaults(tenant.limits)[0]
  if (fault) throw new BundleError(`tenant ${id}: ${fault}`)
  if (tenant.readers !== undefined && !(Array.isArray(tenant.readers) && tenant.readers.every(isReaderToken))) {
    throw new BundleError(`tenant ${id}: a reader needs a name, a SHA-256 and an end`)
  }
}

const isReaderToken = (reader: ReaderToken) =>
  typeof reader?.name === 'string' &&
  /^[0-9a-f]{64}$/.test(reader.sha256) &&
  !Number.isNaN(Date.parse(reader.expiresAt))

/** By hash, so that the bundle's bytes don't depend on the order in which the database gave them. */
const inOrder = (readers: readonly ReaderToken[]) =>
  readers
    .map(({ name, sha256, expiresAt }) => ({ name, sha256, expiresAt }))
    .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Without a prototype, so that looking up a tenant `constructor` finds none. */
const noTenants = (): Record<string, BundleTenant> => Object.create(null)
