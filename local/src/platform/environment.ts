import { join } from 'node:path'
import { idDefaults } from '@tickwatch/policy'
import { portsOf } from './layout.ts'
import type { GatewayAddress, LocalState } from './localState.ts'
import type { Secrets } from './secrets.ts'

type Environment = Record<string, string>

export const oidcClientId = 'tickwatch-portal'
const aws = (state: LocalState): Environment => ({
  AWS_REGION: state.aws.region,
  AWS_ACCESS_KEY_ID: state.aws.accessKeyId,
  AWS_SECRET_ACCESS_KEY: state.aws.secretAccessKey,
  AWS_ENDPOINT_URL: state.addresses.aws,
  // Without it the SDK asks the instance metadata service, which a laptop lacks.
  AWS_EC2_METADATA_DISABLED: 'true',
})

export const apiEnvironment = (state: LocalState): Environment => ({
  ...aws(state),
  AWS_ENDPOINT_URL_AMP: state.addresses.amp,
  NODE_ENV: 'production',
  API_PORT: String(portsOf(state).api),
  MACHINE_PORT: String(portsOf(state).machine),
  MACHINE_TLS_CERT_FILE: state.pki.machine.cert,
  MACHINE_TLS_KEY_FILE: state.pki.machine.key,
  MACHINE_CLIENT_CA_FILE: state.pki.ca,
  TRUST_DOMAIN: idDefaults.trustDomain,
  DATABASE_URL_TENANT: state.database.tenant,
  DATABASE_URL_PLATFORM: state.database.platform,
  DATABASE_URL_WORKER: state.database.worker,
  OIDC_ISSUER: state.addresses.issuer,
  TICKWATCH_ENVIRONMENT: idDefaults.environment,
  POLICY_BUCKET: state.aws.policyBucket,
  AUDIT_BUCKET: state.aws.auditBucket,
  POLICY_KMS_KEY_ID: state.aws.policyKeyId,
  AMP_WORKSPACE_ID: state.ampWorkspaceId,
  AMP_ENDPOINT: state.addresses.ampEndpoint,
})

export const gatewayEnvironment = (state: LocalState, gateway: GatewayAddress): Environment => {
  const certificate = state.pki.gateways[gateway.id]
  if (!certificate) throw new Error(`there is no certificate for ${gateway.id}`)
  return {
    ...aws(state),
    NODE_ENV: 'production',
    GATEWAY_ID: gateway.id,
    GATEWAY_RING: gateway.ring,
    GATEWAY_ZONE: gateway.zone,
    GATEWAY_SOCKET: gateway.socket,
    GATEWAY_HTTP_HOST: '127.0.0.1',
    GATEWAY_HTTP_PORT: new URL(gateway.httpUrl).port,
    GATEWAY_STATE_DIR: join(state.stateDir, 'gateways', gateway.id),
    TICKWATCH_ENVIRONMENT: idDefaults.environment,
    TRUST_DOMAIN: idDefaults.trustDomain,
    POLICY_PUBLIC_KEYS_FILE: state.pki.policyPublicKeys,
    CONTROL_PLANE_URL: state.addresses.machine,
    CONTROL_PLANE_CA_FILE: state.pki.ca,
    GATEWAY_CERT_FILE: certificate.cert,
    GATEWAY_KEY_FILE: certificate.key,
    AMP_ENDPOINT: state.addresses.ampEndpoint,
  }
}

export const webEnvironment = (state: LocalState, secrets: Secrets): Environment => ({
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  PORT: String(portsOf(state).web),
  NEXTAUTH_URL: state.addresses.portal,
  NEXTAUTH_SECRET: secrets.sessionSecret,
  OIDC_ISSUER: state.addresses.issuer,
  OIDC_CLIENT_ID: oidcClientId,
  OIDC_CLIENT_SECRET: secrets.oidcClientSecret,
  API_URL: `${state.addresses.api}/trpc`,
  READERS_URL: state.addresses.readers,
})
