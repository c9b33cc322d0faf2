import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  heartbeatCharactersMax,
  type IdForm,
  idDefaults,
  idForms,
  logLevels,
  type Ring,
  readEnvironment,
} from '@tickwatch/policy'
import { z } from 'zod'
import type { ControlPlaneFiles } from './controlPlaneConnection.ts'
import { readPublicKeys } from './policy/policyTrust.ts'

const words = z.string().min(1)
const id = ({ pattern, rule }: IdForm) => z.string().regex(pattern, rule)
/** The path of a file that can be read. */
const file = words.superRefine((path, context) => {
  try {
    readFileSync(path)
  } catch (cause) {
    // Node's message has the path, which is a secret if someone set the key itself instead.
    const { code } = cause as NodeJS.ErrnoException
    context.addIssue({ code: 'custom', message: `cannot be read (${code}): set it to the path of a file` })
  }
})
const publicKeys = file.transform((path, context) => {
  try {
    return readPublicKeys(readFileSync(path, 'utf8'))
  } catch (cause) {
    context.addIssue({ code: 'custom', message: cause instanceof Error ? cause.message : String(cause) })
    return z.NEVER
  }
})

export const environment = z.object({
  /** Read by the AWS SDK. */
  AWS_REGION: words,
  GATEWAY_ID: id(idForms.gateway),
  GATEWAY_RING: id(idForms.ring),
  GATEWAY_ZONE: words.max(heartbeatCharactersMax.zone),
  /** Unix socket that only Envoy may use. Linux allows at most 107 bytes in the path of a socket. */
  GATEWAY_SOCKET: words.max(107),
  GATEWAY_HTTP_HOST: words.default('127.0.0.1'),
  GATEWAY_HTTP_PORT: z.coerce.number().int().min(0).max(65_535),
  GATEWAY_STATE_DIR: words,
  TICKWATCH_ENVIRONMENT: id(idForms.environment).default(idDefaults.environment),
  TRUST_DOMAIN: id(idForms.trustDomain).default(idDefaults.trustDomain),
  POLICY_PUBLIC_KEYS_FILE: publicKeys,
  POLICY_POLL_SECONDS: z.coerce.number().min(1).max(3_600).default(5),
  CONTROL_PLANE_URL: z.url({ protocol: /^https$/ }).default('https://127.0.0.1:4443'),
  CONTROL_PLANE_CA_FILE: file,
  GATEWAY_CERT_FILE: file,
  GATEWAY_KEY_FILE: file,
  AMP_ENDPOINT: z.url({ protocol: /^https?$/ }),
  /** Prometheus runs 20 by default. Six are left for the portal: `queriesMax` in the API's usage.history.ts. */
  AMP_CONCURRENT_QUERIES: z.coerce.number().int().min(2).max(10_000).default(14),
  LOG_LEVEL: z.enum(logLevels).default('info'),
})

/** The gateway's settings. */
export type Settings = {
  gatewayId: string
  ring: Ring
  zone: string
  socket: string
  httpHost: string
  httpPort: number
  stateDir: string
  environment: string
  trustDomain: string
  policyPublicKeys: readonly KeyObject[]
  policyPollSeconds: number
  controlPlane: { url: string; files: ControlPlaneFiles }
  ampEndpoint: string
  /** The queries that all gateways together may have at the storage at the same time. */
  storageQueries: number
  logLevel: string
}

/** @throws EnvironmentError with the name of each wrong variable. */
export function readSettings(variables: Readonly<Record<string, string | undefined>>): Settings {
  const read = readEnvironment('The gateway', environment, variables)
  return {
    gatewayId: read.GATEWAY_ID,
    ring: read.GATEWAY_RING,
    zone: read.GATEWAY_ZONE,
    socket: read.GATEWAY_SOCKET,
    httpHost: read.GATEWAY_HTTP_HOST,
    httpPort: read.GATEWAY_HTTP_PORT,
    stateDir: read.GATEWAY_STATE_DIR,
    environment: read.TICKWATCH_ENVIRONMENT,
    trustDomain: read.TRUST_DOMAIN,
    policyPublicKeys: read.POLICY_PUBLIC_KEYS_FILE,
    policyPollSeconds: read.POLICY_POLL_SECONDS,
    controlPlane: {
      url: read.CONTROL_PLANE_URL,
      files: {
        caFile: read.CONTROL_PLANE_CA_FILE,
        certFile: read.GATEWAY_CERT_FILE,
        keyFile: read.GATEWAY_KEY_FILE,
      },
    },
    ampEndpoint: read.AMP_ENDPOINT,
    storageQueries: read.AMP_CONCURRENT_QUERIES,
    logLevel: read.LOG_LEVEL,
  }
}
