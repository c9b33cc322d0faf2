import { join } from 'node:path'
import { gatewaySpiffeId, idDefaults, type PeerRole, peerSpiffeId, probeSpiffeId } from '@tickwatch/policy'
import { alertsQueueUrl, alertsTopicArn, auditBucket, policyBucket, policyKeyAlias } from '../parts/aws/awsBootstrap.ts'
import { awsRegion } from '../parts/aws/ministack.ts'
import { writeEndpoints } from '../parts/envoy/endpoints.ts'
import { gateways } from '../parts/gateway.ts'
import { localPassword, people } from '../parts/issuer/people.ts'
import { type CertificateAuthority, openCertificateAuthority } from '../parts/pki.ts'
import type { CertificateFiles } from '../platform/localState.ts'
import { recordOf } from '../process/identity.ts'
import { hostWriters, producerTenants, producerWriter } from '../producers/tenants.ts'
import type { LocalState } from './localState.ts'
import { portsAt } from './ports.ts'
import type { Secrets } from './secrets.ts'
import { socketDir } from './socketDir.ts'

export const ampWorkspaceId = 'ws-00000000-0000-0000-0000-000000000001'
export const tenantIds = ['acme', 'globex', 'initech', 'tickwatch'] as const
/**
 * The writers and their tenants: the simulated game servers (also for `npm run traffic`), and the agent on a host. In a
 * fleet also the hosts of the game servers.
 */
const writersOf = (hasFleet: boolean) => [
  ...producerTenants.flatMap(({ tenant, regions }) =>
    [producerWriter, 'agent', ...(hasFleet ? regions.flatMap(hostWriters) : [])].map((name) => ({ tenant, name })),
  ),
  { tenant: 'tickwatch', name: 'agent' },
]
/** The readers and their tenants: the dashboards of each tenant. */
const readers = tenantIds.map((tenant) => ({ tenant, name: 'grafana' }))

/**
 * All paths and addresses of a platform in this folder with this port offset. Starts nothing.
 * @param hasFleet whether the gateways are instances of the fleet, which are not known yet
 */
export function layOut(stateDir: string, portOffset: number, secrets: Secrets, hasFleet: boolean): LocalState {
  const ports = portsAt(portOffset)
  const pki = join(stateDir, 'pki')
  const certificate = (path: string): CertificateFiles => ({
    cert: join(pki, `${path}.pem`),
    key: join(pki, `${path}.key`),
  })
  const sockets = socketDir(stateDir)
  const gatewayParts = hasFleet ? [] : gateways
  const amp = `http://127.0.0.1:${ports.amp}`
  const database = (role: keyof Secrets['databasePasswords']) =>
    `postgres://tickwatch_${role}:${secrets.databasePasswords[role]}@127.0.0.1:${ports.postgres}/tickwatch`
  return {
    phase: 'starting',
    fault: null,
    startedAt: new Date().toISOString(),
    portOffset,
    stateDir,
    addresses: {
      portal: `http://localhost:${ports.web}`,
      api: `http://127.0.0.1:${ports.api}`,
      machine: `https://127.0.0.1:${ports.machine}`,
      writers: `https://localhost:${ports.writers}`,
      readers: `https://localhost:${ports.readers}`,
      issuer: `http://localhost:${ports.issuer}`,
      amp,
      ampEndpoint: `${amp}/workspaces/${ampWorkspaceId}`,
      prometheus: `http://127.0.0.1:${ports.prometheus}`,
      alertmanager: `http://127.0.0.1:${ports.alertmanager}`,
      aws: `http://127.0.0.1:${ports.ministack}`,
      envoyAdmin: `http://127.0.0.1:${ports.envoyAdmin}`,
      nodeExporter: `http://127.0.0.1:${ports.nodeExporter}`,
      probe: `http://127.0.0.1:${ports.probe}`,
      receivers: `http://127.0.0.1:${ports.receivers}`,
      smtp: `smtp://127.0.0.1:${ports.smtp}`,
      fleet: hasFleet ? `http://127.0.0.1:${ports.fleet}` : null,
      gateways: gatewayParts.map(({ id, ring, zone, port }) => ({
        id,
        ring,
        zone,
        httpUrl: `http://127.0.0.1:${port + portOffset}`,
        socket: join(sockets, `${id}.sock`),
      })),
    },
    gatewayCommand: null,
    ampWorkspaceId,
    aws: {
      ...{ region: awsRegion, ...secrets.aws, policyBucket, policyKeyId: policyKeyAlias, auditBucket, alertsTopicArn },
      alertsQueueUrl: alertsQueueUrl(`http://127.0.0.1:${ports.ministack}`),
    },
    database: { tenant: database('tenant'), platform: database('platform'), worker: database('worker') },
    pki: {
      ca: join(pki, 'ca.pem'),
      policyPublicKeys: join(pki, 'policy-public-keys.pem'),
      imageKeys: join(pki, 'image-keys.json'),
      envoy: certificate('envoy/server'),
      machine: certificate('machine/server'),
      writers: Object.fromEntries(
        writersOf(hasFleet).map(({ tenant, name }) => [`${tenant}-${name}`, certificate(`writers/${tenant}-${name}`)]),
      ),
      readers: Object.fromEntries(
        readers.map(({ tenant, name }) => [`${tenant}-${name}`, certificate(`readers/${tenant}-${name}`)]),
      ),
      gateways: Object.fromEntries(gatewayParts.map(({ id }) => [id, certificate(`gateways/${id}`)])),
      probe: certificate('probe'),
    },
    password: localPassword,
    people: [...people],
    tenants: [...tenantIds],
    supervisor: recordOf(process.pid),
    processes: {},
    restarts: {},
  }
}

const { trustDomain } = idDefaults

/** Issues all certificates that {@link layOut} names. Keeps those that still fit. */
export async function issueCertificates({ stateDir, addresses }: LocalState): Promise<void> {
  const ca = await openCertificateAuthority(join(stateDir, 'pki'))
  const loopback = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }
  await ca.issue({ path: 'envoy/server', usage: 'server', ...loopback })
  await ca.issue({ path: 'machine/server', usage: 'server', ...loopback })
  for (const { id } of addresses.gateways) {
    await ca.issue({ path: `gateways/${id}`, usage: 'client', uri: gatewaySpiffeId(trustDomain, id) })
  }
  await ca.issue({ path: 'probe', usage: 'client', uri: probeSpiffeId(trustDomain, 'probe-1') })
  for (const [role, peers] of [
    ['writer', writersOf(addresses.fleet !== null)],
    ['reader', readers],
  ] as const) {
    for (const { tenant, name } of peers) await issuePeer(ca, tenant, role, name)
  }
}

const issuePeer = (ca: CertificateAuthority, tenant: string, role: PeerRole, name: string) =>
  ca.issue({
    path: `${role}s/${tenant}-${name}`,
    usage: 'client',
    uri: peerSpiffeId(trustDomain, tenant, role, name),
  })

/** A certificate of a writer or reader that {@link layOut} does not name, for a test with a tenant of its own. */
export const peerCertificate = async (stateDir: string, tenant: string, role: PeerRole, name: string) =>
  issuePeer(await openCertificateAuthority(join(stateDir, 'pki')), tenant, role, name)

/** Writes the gateways that {@link layOut} names to the file that Envoy reads. */
export function writeGatewayEndpoints({ stateDir, addresses }: LocalState): void {
  writeEndpoints(
    join(stateDir, 'envoy'),
    addresses.gateways.map(({ id, socket, httpUrl }) => ({ id, socket, httpPort: Number(new URL(httpUrl).port) })),
  )
}
