import { join } from 'node:path'
import { idDefaults } from '@tickwatch/policy'
import { awsEnvironment } from '../platform/environment.ts'
import type { CertificateFiles, GatewayAddress, LocalState } from '../platform/localState.ts'
import { partSpec } from '../platform/part.ts'
import { startProcess } from '../process/processes.ts'
import { answers } from '../process/until.ts'
import { awsRegion } from './aws/ministack.ts'

export type Gateway = { id: `gateway-${number}`; ring: string; zone: string; port: number }

export const zones = ['a', 'b', 'c'].map((zone) => `${awsRegion}${zone}`)
const firstPort = 9101

/** The first gateway is the canary. Gateways are spread over the zones in turn. */
export const fleet = (count: number): Gateway[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `gateway-${i + 1}`,
    ring: i === 0 ? 'canary' : 'fleet',
    zone: zones[i % zones.length] as string,
    port: firstPort + i,
  }))

/** The gateways of a platform whose gateways are parts. */
export const gateways = fleet(3)

export const gatewayPart = ({ id, port }: Gateway) => {
  const addressOf = ({ addresses }: LocalState) => {
    const address = addresses.gateways.find((each) => each.id === id)
    if (!address) throw new Error(`${id} has no address in local.json`)
    return address
  }
  return partSpec<Gateway['id']>({
    name: id,
    after: ['gateway-artifact', 'certificates', 'aws', 'amp'],
    ports: { [id]: port },
    address: (state) => addressOf(state).httpUrl,
    launch: ({ state, logFile, overrides }) => {
      const address = addressOf(state)
      const certificate = state.pki.gateways[id]
      if (!certificate) throw new Error(`there is no certificate for ${id}`)
      if (!state.gatewayCommand) throw new Error('the artifact of the gateway is not unpacked yet')
      return startProcess({
        name: id,
        ...state.gatewayCommand,
        env: { ...gatewayEnvironment(state, address, certificate), ...overrides.env?.[id] },
        logFile,
        ready: () => answers(`${address.httpUrl}/healthz`),
      })
    },
  })
}

/** The whole environment of a gateway. Its state is in the folder `gateways`, in one with its id. */
export function gatewayEnvironment(
  state: LocalState,
  { id, ring, zone, socket, httpUrl }: GatewayAddress,
  certificate: CertificateFiles,
) {
  return {
    ...awsEnvironment(state),
    NODE_ENV: 'production',
    GATEWAY_ID: id,
    GATEWAY_RING: ring,
    GATEWAY_ZONE: zone,
    GATEWAY_SOCKET: socket,
    GATEWAY_HTTP_HOST: '127.0.0.1',
    GATEWAY_HTTP_PORT: new URL(httpUrl).port,
    GATEWAY_STATE_DIR: join(state.stateDir, 'gateways', id),
    TICKWATCH_ENVIRONMENT: idDefaults.environment,
    TRUST_DOMAIN: idDefaults.trustDomain,
    POLICY_PUBLIC_KEYS_FILE: state.pki.policyPublicKeys,
    CONTROL_PLANE_URL: state.addresses.machine,
    CONTROL_PLANE_CA_FILE: state.pki.ca,
    GATEWAY_CERT_FILE: certificate.cert,
    GATEWAY_KEY_FILE: certificate.key,
    AMP_ENDPOINT: state.addresses.ampEndpoint,
    // The storage is one Prometheus on the cores of this machine: more queries at once would slow each other.
    AMP_CONCURRENT_QUERIES: '6',
  }
}
