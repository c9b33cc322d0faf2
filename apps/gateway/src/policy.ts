import {
  type Bundle,
  type BundleTenant,
  type CompiledLabelSchema,
  canonicalJson,
  compileLabelSchema,
  limitNames,
  type ResolvedLimits,
  resolveLimits,
  type TenantStatus,
} from '@tickwatch/policy'

/** One tenant's rules, ready for the hot path. The same object stays from version to version while nothing in it changes. */
export type TenantPolicy = {
  source: BundleTenant
  status: TenantStatus
  limits: ResolvedLimits
  schema: CompiledLabelSchema
}

/** The rules that a gateway enforces; never changed, only replaced. */
export type Policy = {
  version: number
  sha256: string
  schemaSource: string
  schema: CompiledLabelSchema
  defaults: ResolvedLimits
  tenants: ReadonlyMap<string, TenantPolicy>
}

/**
 * Compiles the tenants that differ from `previous` and takes the others over.
 * @throws SyntaxError for a label pattern that is not a regular expression.
 */
export function compilePolicy(bundle: Bundle, sha256: string, previous: Policy | null): Policy {
  const schemaSource = canonicalJson(bundle.labelSchema)
  const sameSchema = previous !== null && previous.schemaSource === schemaSource
  const schema = sameSchema ? previous.schema : compileLabelSchema(bundle.labelSchema)
  const reusable = sameSchema && limitNames.every((name) => previous.defaults[name] === bundle.defaults[name])
  const tenants = new Map<string, TenantPolicy>()
  for (const [id, source] of Object.entries(bundle.tenants)) {
    const before = reusable ? previous.tenants.get(id) : undefined
    if (before && sameTenant(before.source, source)) tenants.set(id, before)
    else
      tenants.set(id, { source, status: source.status, limits: resolveLimits(source.limits, bundle.defaults), schema })
  }
  return { version: bundle.version, sha256, schemaSource, schema, defaults: bundle.defaults, tenants }
}

function sameTenant(a: BundleTenant, b: BundleTenant): boolean {
  if (a.status !== b.status) return false
  for (const name of limitNames) if (a.limits[name] !== b.limits[name]) return false
  return true
}

/** Whether series judged under one policy must be judged again under the other. */
export function judgesAlike(a: TenantPolicy, b: TenantPolicy): boolean {
  return (
    a.schema === b.schema &&
    a.limits['labels.namesPerSeriesMax'] === b.limits['labels.namesPerSeriesMax'] &&
    a.limits['labels.nameBytesMax'] === b.limits['labels.nameBytesMax'] &&
    a.limits['labels.valueBytesMax'] === b.limits['labels.valueBytesMax']
  )
}
