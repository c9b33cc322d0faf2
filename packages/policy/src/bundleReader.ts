import type { Bundle, BundleTenant, ReaderToken } from './bundle.ts'
import { formatsRead, isFormatUpTo } from './formats.ts'
import { sha256Pattern } from './ids.ts'
import { knownLabelSchema, labelSchemaFault } from './labelSchema.ts'
import { isLimitName, type Limits, limitFault, resolveLimits } from './limits.ts'

export class BundleError extends Error {
  override name = 'BundleError'
}

type Members = [id: string, tenant: BundleTenant][]

/** A bundle whose tenants are in a map: an object with thousands of members is slow to build. */
export type ReadBundle = Omit<Bundle, 'tenants'> & { tenants: ReadonlyMap<string, BundleTenant> }

/**
 * Reads bundles one after the other, also from an older or newer publisher: it drops limits that it does not know, uses
 * the definition's default for a missing default, and ignores other unknown members. Everything that it knows must be
 * valid. A tenant with the same line as in the previous bundle stays the same object, without a new parse or check.
 */
export class BundleReader {
  /** The lines of the previous bundle, and the tenants of each line. */
  #lines: readonly string[] = []
  #members: readonly Members[] = []

  /**
   * Reads a bundle whose hash and signature were checked.
   * @throws BundleError that names the first fault: a newer format, another environment or an invalid limit.
   */
  read(json: string, environment: string): ReadBundle {
    const all = json.split('\n')
    const first = all[0] as string
    const last = all.at(-1) as string
    const inLines = all.length > 2 && first.endsWith('{') && last.startsWith('}')
    const bundle = readAround(parse<Bundle>(inLines ? first + last : json), environment)
    const lines = inLines ? all.slice(1, -1) : [json]
    const members = this.#membersOf(lines, (line) => membersOf(inLines ? parseLine(line) : bundle.tenants))
    const tenants = new Map<string, BundleTenant>()
    for (const ofLine of members) for (const [id, tenant] of ofLine) tenants.set(id, tenant)
    this.#lines = lines
    this.#members = members
    return { ...bundle, tenants }
  }

  /** Finds each line in the previous bundle. Both are sorted by id; if they are not, lines are read that need not be. */
  #membersOf(lines: readonly string[], readLine: (line: string) => Members): Members[] {
    const known = this.#lines
    let next = 0
    return lines.map((line) => {
      if (known[next] !== line) while (next < known.length && idOf(known[next] as string) < idOf(line)) next += 1
      if (known[next] !== line) return readLine(line)
      next += 1
      return this.#members[next - 1] as Members
    })
  }
}

/** Reads one bundle like {@link BundleReader}. @throws BundleError */
export const parseBundle = (json: string, environment: string): ReadBundle => new BundleReader().read(json, environment)

/** @param line `"<id>":{…}`. The id is returned with its first quote. */
const idOf = (line: string) => line.slice(0, line.indexOf('":'))

function parse<T>(json: string): T {
  try {
    return JSON.parse(json) as T
  } catch (cause) {
    throw new BundleError('the policy bundle is not JSON', { cause })
  }
}

/** @param line `"<id>":{…}`, with a comma at the end if another line follows */
const parseLine = (line: string) => parse<Bundle['tenants']>(`{${line.endsWith(',') ? line.slice(0, -1) : line}}`)

function membersOf(tenants: Bundle['tenants']): Members {
  const members = Object.entries(tenants)
  for (const member of members) member[1] = readTenant(...member)
  return members
}

/** Reads everything except the tenants. */
function readAround(bundle: Bundle, environment: string): Bundle {
  if (!isFormatUpTo(formatsRead.bundle, bundle?.format)) {
    throw new BundleError(
      `the policy bundle has format ${JSON.stringify(bundle?.format)}; this version reads formats up to ${formatsRead.bundle}`,
    )
  }
  if (bundle.environment !== environment) {
    throw new BundleError(
      `the policy bundle is for environment ${JSON.stringify(bundle.environment)}, not for "${environment}"`,
    )
  }
  if (!Number.isSafeInteger(bundle.version) || bundle.version < 1)
    throw new BundleError('the policy bundle has no version')
  if (!isObject(bundle.defaults)) throw new BundleError('the policy bundle has no default limits')
  const defaults = resolveLimits(knownLimits(bundle.defaults, 'default limits'))
  if (!isObject(bundle.labelSchema)) throw new BundleError('the policy bundle has no label schema')
  const labelSchema = knownLabelSchema(bundle.labelSchema)
  const schemaFault = labelSchemaFault(labelSchema)
  if (schemaFault) throw new BundleError(`label schema: ${schemaFault}`)
  if (!isObject(bundle.tenants)) throw new BundleError('the policy bundle has no tenants')
  const { format, version, tenants } = bundle
  return { format, environment, version, defaults, labelSchema, tenants }
}

/** Returns the same object if its status and limits are known: to copy each of thousands of tenants costs time. */
function readTenant(id: string, tenant: BundleTenant): BundleTenant {
  if (typeof tenant?.status !== 'string') throw new BundleError(`tenant ${id} has no status`)
  if (!isObject(tenant.limits)) throw new BundleError(`tenant ${id} has no limits`)
  if (tenant.readers !== undefined && !(Array.isArray(tenant.readers) && tenant.readers.every(isReaderToken))) {
    throw new BundleError(`tenant ${id}: a reader needs a name, a SHA-256 and an expiry time`)
  }
  const limits = knownLimits(tenant.limits, `tenant ${id}`)
  // A status of a newer version may forbid anything, so a tenant with an unknown status is suspended. Refusing the
  // whole bundle instead would keep the new policy from all other tenants.
  const status = tenant.status === 'active' ? 'active' : 'suspended'
  return limits === tenant.limits && status === tenant.status ? tenant : { ...tenant, status, limits }
}

/** Checks the limits that this version knows and drops the others. Returns the same object if there are no others. */
function knownLimits(limits: Limits, owner: string): Limits {
  let unknown = false
  for (const name of Object.keys(limits)) {
    if (!isLimitName(name)) {
      unknown = true
      continue
    }
    const value = limits[name]
    const fault = value === null ? null : limitFault(name, value)
    if (fault) throw new BundleError(`${owner}: ${name} ${fault}`)
  }
  if (!unknown) return limits
  return Object.fromEntries(Object.entries(limits).filter(([name]) => isLimitName(name)))
}

const isReaderToken = (reader: ReaderToken) =>
  typeof reader?.name === 'string' && sha256Pattern.test(reader.sha256) && !Number.isNaN(Date.parse(reader.expiresAt))

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
