import { z } from 'zod'

/** The web server's environment variables; `docs/configuration.md` lists them. */
export const envSchema = z.object({
  /** Where people reach the portal. https makes cookies `Secure`. */
  NEXTAUTH_URL: z.url(),
  /** Encrypts the session cookie. */
  NEXTAUTH_SECRET: z.string().min(32, 'at least 32 characters'),
  OIDC_ISSUER: z.url(),
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  /** What an issuer needs to be asked for differs: Cognito and Keycloak refuse scopes that they don't know. */
  OIDC_SCOPES: z.string().default('openid profile email groups tickwatch'),
  /** RFC 8707 resource indicator; empty for issuers that don't know it. */
  OIDC_RESOURCE: z.string().default('urn:tickwatch:api'),
  /** The API's tRPC endpoint. */
  API_URL: z.url().default('http://127.0.0.1:4000/trpc'),
  /** Where readers query: people copy it into their tools. https, since tokens go there. */
  READERS_URL: z.url({ protocol: /^https$/ }),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})
export type Env = z.infer<typeof envSchema>

export class EnvironmentError extends Error {
  override name = 'EnvironmentError'
}

/** @throws EnvironmentError that names every variable that is missing or wrong. */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const parsed = envSchema.safeParse(source)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((i) => `  ${i.path.join('.')}: ${i.message}`)
  throw new EnvironmentError(`The portal can't start; these environment variables are wrong:\n${faults.join('\n')}`)
}

let parsed: Env | undefined
/** Read at the first request, not at import: `next build` has no environment. */
export function env(): Env {
  parsed ??= parseEnv(process.env)
  return parsed
}
