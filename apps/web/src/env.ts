import { logLevels, readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'

/** The web server's environment variables; `docs/configuration.md` lists them. */
export const envSchema = z.object({
  /** The portal's URL in the browser. https makes cookies `Secure`. */
  NEXTAUTH_URL: z.url(),
  /** Encrypts the session cookie. */
  NEXTAUTH_SECRET: z.string().min(32, 'at least 32 characters'),
  /** Exactly as in the issuer's tokens. */
  OIDC_ISSUER: z.url(),
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  /** Issuers differ in the scopes that they need. Cognito and Keycloak reject scopes that they do not know. */
  OIDC_SCOPES: z.string().default('openid profile email groups tickwatch'),
  /** RFC 8707 resource indicator; `none` for an issuer that does not support it. */
  OIDC_RESOURCE: z.string().default('urn:tickwatch:api'),
  /** The API's tRPC endpoint. */
  API_URL: z.url().default('http://127.0.0.1:4000/trpc'),
  /** The URL that readers query, which people copy into their tools. https, because tokens are sent there. */
  READERS_URL: z.url({ protocol: /^https$/ }),
  /** If a private authority issued that listener's certificate: the file with the authority's, as readers name it. */
  READERS_CA_FILE: z.string().optional(),
  /** How many proxies before the portal append to `X-Forwarded-For`. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  LOG_LEVEL: z.enum(logLevels).default('info'),
})
export type Env = z.infer<typeof envSchema>

/** @throws EnvironmentError that names every variable that is wrong. */
export const parseEnv = (variables: Readonly<Record<string, string | undefined>>): Env =>
  readEnvironment('The portal', envSchema, variables)

/** The resource parameter of the sign-in, if the issuer supports it. */
export const resourceOf = ({ OIDC_RESOURCE }: Pick<Env, 'OIDC_RESOURCE'>) =>
  OIDC_RESOURCE === 'none' ? {} : { resource: OIDC_RESOURCE }

let parsed: Env | undefined
/** Reads the environment at the first request, not at import, because `next build` has no environment. */
export function env(): Env {
  parsed ??= parseEnv(process.env)
  return parsed
}
