/** The log levels of pino. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** What is wrong with the environment variables that a process starts with. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError'
  /** One text per wrong variable, such as `NAME: is not set`. */
  readonly faults: readonly string[]

  constructor(part: string, faults: readonly string[]) {
    super(
      `${part} can't start; these environment variables are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
    this.faults = faults
  }
}

/** What is used of a zod schema. This room does not import zod. */
type Schema<Environment> = {
  safeParse(
    variables: unknown,
  ):
    | { success: true; data: Environment }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } }
}

/**
 * Reads the environment variables of one part. An empty variable counts as absent.
 * @throws EnvironmentError that names every fault but no value, because a value may be a secret.
 */
export function readEnvironment<Environment>(
  part: string,
  schema: Schema<Environment>,
  variables: Readonly<Record<string, string | undefined>>,
): Environment {
  const present = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const result = schema.safeParse(present)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => {
    const name = path.join('.')
    return `${name}: ${present[name] === undefined ? 'is not set' : message}`
  })
  throw new EnvironmentError(part, faults)
}
