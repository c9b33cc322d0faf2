import { logLevels, readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'

/** The web server's environment variables; `docs/configuration.md` lists them. */
export const envSchema = z.object({
  /** The portal's URL in the browser. https makes cookies `Secure`. */
  NEXTAUTH_URL: z.url(),
  /** Encrypts the session cookie. */
  NEXTAUTH_SECRET: z.string().min(32, 'at least 32 characters'),
  OIDC_ISSUER: z.url(),
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  /** Issuers differ in the scopes that they need. Cognito and Keycloak reject scopes that they do not know. */
  OIDC_SCOPES: z.string().default('openid profile email groups tickwatch'),
  /** RFC 8707 resource indicator; empty for an issuer that does not support it. */
  OIDC_RESOURCE: z.string().default('urn:tickwatch:api'),
  /** The API's tRPC endpoint. */
  API_URL: z.url().default('http://127.0.0.1:4000/trpc'),
  /** The URL that readers query, which people copy into their tools. https, because tokens are sent there. */
  READERS_URL: z.url({ protocol: /^https$/ }),
  /** How many proxies before the portal append to `X-Forwarded-For`. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  LOG_LEVEL: z.enum(logLevels).default('info'),
})
export type Env = z.infer<typeof envSchema>

/** @throws EnvironmentError that names every variable that is wrong. */
export function parseEnv(variables: Readonly<Record<string, string | undefined>>): Env {
  const read = readEnvironment('The portal', envSchema, variables)
  // An empty value means that the issuer does not support resource indicators.
  return variables.OIDC_RESOURCE === '' ? { ...read, OIDC_RESOURCE: '' } : read
}

let parsed: Env | undefined
/** Reads the environment at the first request, not at import, because `next build` has no environment. */
export function env(): Env {
  parsed ??= parseEnv(process.env)
  return parsed
}
