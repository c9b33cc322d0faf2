import { readFileSync } from 'node:fs'
import { logLevels, readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'

const words = z.string().min(1)
const httpsUrl = z.url({ protocol: /^https$/ })
const file = words.transform((path, context) => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    // Node's message has the path, which is a secret if someone set the key itself instead.
    const { code } = cause as NodeJS.ErrnoException
    context.addIssue({ code: 'custom', message: `cannot be read (${code}): set it to the path of a file` })
    return z.NEVER
  }
})

/** The environment variables of every probe. `docs/configuration.md` lists them. */
export const environment = z.object({
  /** Envoy's listeners. */
  PROBE_WRITERS_URL: httpsUrl,
  PROBE_READERS_URL: httpsUrl,
  /** The API's machine port. */
  PROBE_CONTROL_PLANE_URL: httpsUrl.default('https://127.0.0.1:4443'),
  PROBE_CA_FILE: file,
  PROBE_CERT_FILE: file,
  PROBE_KEY_FILE: file,
  PROBE_STATE_FILE: words,
  PROBE_HTTP_HOST: words.default('127.0.0.1'),
  PROBE_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(9_110),
  LOG_LEVEL: z.enum(logLevels).default('info'),
})

/** Those that a probe in AWS Lambda reads too, because nothing scrapes it there. */
export const lambdaEnvironment = environment.extend({
  PROBE_METRICS_CERT_FILE: file,
  PROBE_METRICS_KEY_FILE: file,
})

/** PEM. */
export type Identity = { ca: string; cert: string; key: string }

export type Settings = {
  writersUrl: string
  readersUrl: string
  controlPlaneUrl: string
  identity: Identity
  stateFile: string
  httpHost: string
  httpPort: number
  logLevel: string
}

type Variables = Readonly<Record<string, string | undefined>>

/** @throws EnvironmentError with the name of each wrong variable. */
export const readSettings = (variables: Variables): Settings =>
  settingsOf(readEnvironment('The probe', environment, variables))

/** @throws EnvironmentError with the name of each wrong variable. */
export function readLambdaSettings(variables: Variables): Settings & { metricsIdentity: Identity } {
  const read = readEnvironment('The probe', lambdaEnvironment, variables)
  const metricsIdentity = {
    ca: read.PROBE_CA_FILE,
    cert: read.PROBE_METRICS_CERT_FILE,
    key: read.PROBE_METRICS_KEY_FILE,
  }
  return { ...settingsOf(read), metricsIdentity }
}

const settingsOf = (read: z.output<typeof environment>): Settings => ({
  writersUrl: read.PROBE_WRITERS_URL,
  readersUrl: read.PROBE_READERS_URL,
  controlPlaneUrl: read.PROBE_CONTROL_PLANE_URL,
  identity: { ca: read.PROBE_CA_FILE, cert: read.PROBE_CERT_FILE, key: read.PROBE_KEY_FILE },
  stateFile: read.PROBE_STATE_FILE,
  httpHost: read.PROBE_HTTP_HOST,
  httpPort: read.PROBE_HTTP_PORT,
  logLevel: read.LOG_LEVEL,
})
