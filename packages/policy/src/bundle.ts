import { canonicalJson } from './canonicalJson.ts'
import { type LabelSchema, platformLabelSchema } from './labelSchema.ts'
import { type Limits, limitFaults, limitNames, type ResolvedLimits, resolveLimits } from './limits.ts'

export const bundleFormat = 1

export type TenantStatus = 'active' | 'suspended'
/** One tenant in the bundle: only what differs from the defaults. */
export type BundleTenant = { status: TenantStatus; limits: Limits }

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
  tenants: readonly { id: string; status: TenantStatus; limits: Limits }[]
}

/** Compiles the bundle of all tenants to canonical JSON: same source, same bytes. */
export function compileBundle(source: BundleSource): string {
  const tenants: Record<string, BundleTenant> = {}
  for (const { id, status, limits } of source.tenants) {
    const own: Limits = {}
    for (const name of limitNames) if (limits[name] !== null && limits[name] !== undefined) own[name] = limits[name]
    tenants[id] = { status, limits: own }
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
  const faults = limitFaults(bundle.defaults ?? {})
  if (faults[0]) throw new BundleError(`default limits: ${faults[0]}`)
  for (const [id, tenant] of Object.entries(bundle.tenants ?? {})) {
    if (tenant.status !== 'active' && tenant.status !== 'suspended') throw new BundleError(`tenant ${id} has no status`)
    const fault = limitFaults(tenant.limits)[0]
    if (fault) throw new BundleError(`tenant ${id}: ${fault}`)
  }
  return bundle
}
