import {
  type BundleTenant,
  type CompiledLabelSchema,
  canonicalJson,
  compileLabelSchema,
  limitNames,
  type ReadBundle,
  type ReaderToken,
  type ResolvedLimits,
  resolveLimits,
  type TenantStatus,
} from '@tickwatch/policy'

/** One tenant's rules, ready for the hot path. Versions share the same object until something in it changes. */
export type TenantPolicy = {
  source: BundleTenant
  status: TenantStatus
  limits: ResolvedLimits
  schema: CompiledLabelSchema
  readers: readonly Reader[]
}

/** A reader that may query a tenant's metrics with a token. */
export type Reader = { sha256: string; tenantId: string; name: string; expiresAtMs: number }

/** The rules that a gateway enforces. The object never changes; a new one replaces it. */
export type Policy = {
  version: number
  sha256: string
  schemaSource: string
  schema: CompiledLabelSchema
  defaults: ResolvedLimits
  tenants: ReadonlyMap<string, TenantPolicy>
  /** By the SHA-256 of their tokens, in hexadecimal. */
  readers: ReadonlyMap<string, Reader>
}

/**
 * Compiles the tenants that differ from `previous` and reuses the others.
 * @throws SyntaxError for a label pattern that is not a regular expression.
 */
export function compilePolicy(bundle: ReadBundle, sha256: string, previous: Policy | null): Policy {
  const schemaSource = canonicalJson(bundle.labelSchema)
  const sameSchema = previous !== null && previous.schemaSource === schemaSource
  const schema = sameSchema ? previous.schema : compileLabelSchema(bundle.labelSchema)
  const reusable = sameSchema && limitNames.every((name) => previous.defaults[name] === bundle.defaults[name])
  const tenants = new Map<string, TenantPolicy>()
  let known = 0
  let sameTokens = true
  for (const [id, source] of bundle.tenants) {
    const before = previous?.tenants.get(id)
    if (before) known++
    if (before && reusable && sameTenant(before.source, source)) {
      tenants.set(id, before)
      continue
    }
    tenants.set(id, compileTenant(id, source, bundle, schema))
    sameTokens &&= sameReaders(before?.source.readers ?? [], source.readers ?? [])
  }
  // Most new policies only change a limit. Then the map of all tokens is reused.
  const readers = previous && sameTokens && known === previous.tenants.size ? previous.readers : readersOf(tenants)
  return { version: bundle.version, sha256, schemaSource, schema, defaults: bundle.defaults, tenants, readers }
}

function readersOf(tenants: ReadonlyMap<string, TenantPolicy>): ReadonlyMap<string, Reader> {
  const readers = new Map<string, Reader>()
  for (const tenant of tenants.values()) for (const reader of tenant.readers) readers.set(reader.sha256, reader)
  return readers
}

function compileTenant(
  id: string,
  source: BundleTenant,
  bundle: ReadBundle,
  schema: CompiledLabelSchema,
): TenantPolicy {
  const readers = (source.readers ?? []).map(({ sha256, name, expiresAt }) => ({
    sha256,
    name,
    tenantId: id,
    expiresAtMs: Date.parse(expiresAt),
  }))
  return { source, status: source.status, limits: resolveLimits(source.limits, bundle.defaults), schema, readers }
}

function sameTenant(a: BundleTenant, b: BundleTenant): boolean {
  if (a === b) return true
  if (a.status !== b.status) return false
  for (const name of limitNames) if (a.limits[name] !== b.limits[name]) return false
  return sameReaders(a.readers ?? [], b.readers ?? [])
}

/** Both lists are sorted by hash. */
const sameReaders = (a: readonly ReaderToken[], b: readonly ReaderToken[]) =>
  a.length === b.length &&
  a.every(({ sha256, name, expiresAt }, i) => {
    const other = b[i]
    return sha256 === other?.sha256 && name === other.name && expiresAt === other.expiresAt
  })

/** True if both policies judge the labels of every series alike, so that known series need not be judged again. */
export function judgesAlike(a: TenantPolicy, b: TenantPolicy): boolean {
  return (
    a.schema === b.schema &&
    a.limits['labels.namesPerSeriesMax'] === b.limits['labels.namesPerSeriesMax'] &&
    a.limits['labels.nameBytesMax'] === b.limits['labels.nameBytesMax'] &&
    a.limits['labels.valueBytesMax'] === b.limits['labels.valueBytesMax']
  )
}
