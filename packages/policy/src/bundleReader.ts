import { type Bundle, type BundleTenant, bundleFormat, type ReaderToken } from './bundle.ts'
import { labelSchemaFault } from './labelSchema.ts'
import { limitFaults, limitNames } from './limits.ts'

export class BundleError extends Error {
  override name = 'BundleError'
}

type Members = [id: string, tenant: BundleTenant][]

/**
 * Reads bundles one after the other. A tenant whose line stood in the bundle before is neither parsed nor checked again,
 * and is the same object.
 */
export class BundleReader {
  /** The tenants of the bundle before, by their line. */
  #known = new Map<string, Members>()

  /**
   * Reads a bundle whose hash and signature were checked.
   * @throws BundleError that names the first fault: another format or environment, or a value that can't be a limit.
   */
  read(json: string, environment: string): Bundle {
    const lines = json.split('\n')
    const first = lines[0] as string
    const last = lines.at(-1) as string
    const inLines = lines.length > 2 && first.endsWith('{') && last.startsWith('}')
    const bundle = parse<Bundle>(inLines ? first + last : json)
    checkAround(bundle, environment)
    // Without a prototype, so that looking up a tenant `constructor` finds none.
    const tenants: Bundle['tenants'] = Object.create(null)
    const known = new Map<string, Members>()
    const take = (line: string, members: Members) => {
      known.set(line, members)
      for (const [id, tenant] of members) tenants[id] = tenant
    }
    if (!inLines) take(json, this.#known.get(json) ?? membersOf(bundle.tenants))
    else for (const line of lines.slice(1, -1)) take(line, this.#known.get(line) ?? membersOf(parseLine(line)))
    this.#known = known
    return { ...bundle, tenants }
  }
}

/** Reads one bundle as {@link BundleReader} does. @throws BundleError */
export const parseBundle = (json: string, environment: string): Bundle => new BundleReader().read(json, environment)

function parse<T>(json: string): T {
  try {
    return JSON.parse(json) as T
  } catch (cause) {
    throw new BundleError('the policy bundle is not JSON', { cause })
  }
}

/** @param line `"<id>":{…}`, with a comma behind it where another follows */
const parseLine = (line: string) => parse<Bundle['tenants']>(`{${line.endsWith(',') ? line.slice(0, -1) : line}}`)

function membersOf(tenants: Bundle['tenants']): Members {
  const members = Object.entries(tenants)
  for (const [id, tenant] of members) checkTenant(id, tenant)
  return members
}

/** Checks all but the tenants. */
function checkAround(bundle: Bundle, environment: string): void {
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

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
