import { randomUUID } from 'node:crypto'
import { type Database, grants, openDatabase, tenants } from '@tickwatch/db'
import {
  type Envelope,
  manifestParameterName,
  type Ring,
  type Role,
  sessionHeader,
  tenantHeader,
} from '@tickwatch/policy'
import { createTRPCClient, httpLink } from '@trpc/client'
import { type Api, startApi } from '../api.ts'
import { type Config, readConfig } from '../config.ts'
import type { Outside } from '../outside.ts'
import type { AppRouter } from '../router.ts'
import { createLogger } from '../telemetry/logging.ts'
import { startTestIssuer, type TestIssuer } from './issuer.ts'
import { type CertificateFiles, createMachineClient } from './machineClient.ts'
import {
  createMemoryAmis,
  createMemoryAmp,
  createMemoryFleet,
  createMemoryObjects,
  createMemoryParameters,
  createMemorySecrets,
  createMemorySigner,
} from './memoryAws.ts'
import { createTestGateway } from './testGateway.ts'

export type TestApiParts = {
  urls: { tenant: string; platform: string; worker: string }
  /** The CA, the machine port's certificate, and one for each gateway. */
  caFile: string
  server: CertificateFiles
  /** An issuer to use instead of the test's own. */
  issuer?: TestIssuer
  env?: Partial<Record<keyof Config, string>>
  /** Gets each line of the log; without it, the log goes to stdout. */
  log?: { write(line: string): void }
  /** Real adapters instead of those in memory. */
  aws?: Partial<Outside>
}

export type Client = ReturnType<typeof createTRPCClient<AppRouter>>
export type TestApi = Awaited<ReturnType<typeof startTestApi>>

/** The whole API on free ports: real Postgres, real tokens, real mTLS; AWS in memory. */
export async function startTestApi(parts: TestApiParts) {
  const issuer = parts.issuer ?? (await startTestIssuer())
  const db = openDatabase(parts.urls)
  const parameters = createMemoryParameters()
  const objects = createMemoryObjects()
  const amp = createMemoryAmp()
  const secrets = createMemorySecrets()
  const amis = createMemoryAmis()
  const fleet = createMemoryFleet()
  const config = readConfig({
    API_PORT: '0',
    MACHINE_PORT: '0',
    AWS_REGION: 'us-east-1',
    MACHINE_TLS_CERT_FILE: parts.server.cert,
    MACHINE_TLS_KEY_FILE: parts.server.key,
    MACHINE_CLIENT_CA_FILE: parts.caFile,
    DATABASE_URL_TENANT: parts.urls.tenant,
    DATABASE_URL_PLATFORM: parts.urls.platform,
    DATABASE_URL_WORKER: parts.urls.worker,
    OIDC_ISSUER: issuer.url,
    TICKWATCH_ENVIRONMENT: 'test',
    POLICY_BUCKET: 'policy',
    POLICY_KMS_KEY_ID: 'key',
    AUDIT_BUCKET: 'audit',
    PLATFORM_SAMPLES_PER_SECOND: '1000000',
    AMP_WORKSPACE_ID: 'ws-test',
    AMP_ENDPOINT: 'http://127.0.0.1:9/workspaces/ws-test',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error',
    ...parts.env,
  })
  const outside = {
    db,
    parameters: parameters.store,
    objects: objects.store,
    signer: createMemorySigner(),
    secrets: secrets.store,
    amis: amis.store,
    rolloutGroups: fleet.rolloutGroups,
    alarms: fleet.alarms,
    amp: amp.query,
    ruleGroups: amp.ruleGroups,
    alertmanager: amp.alertmanager,
    activeAlerts: amp.activeAlerts,
    alertQueue: null,
    ...parts.aws,
  }
  const start = (ports: Partial<Config>) =>
    startApi({ ...config, ...ports }, outside, createLogger(config.LOG_LEVEL, parts.log))
  let api: Api = await start({})
  const ports = { API_PORT: portOf(api.portalUrl), MACHINE_PORT: portOf(api.machineUrl) }

  const nameOf = (ring: Ring) => manifestParameterName('test', ring)
  return {
    issuer,
    db,
    parameters,
    objects,
    amp,
    secrets,
    amis,
    nameOf,
    urls: () => api,
    /** A ring's manifest; undefined before the first. */
    manifest: (ring: Ring) => parameters.newest(nameOf(ring))?.value,

    /** A client as the portal's web server uses it, for one person. */
    async as(
      who: { sub: string; groups?: string[]; email?: string; [claim: string]: unknown },
      tenantId?: string,
      sessionId?: string,
    ): Promise<Client> {
      const token = await issuer.token({ name: who.sub, ...who })
      const headers = {
        authorization: `Bearer ${token}`,
        ...(tenantId ? { [tenantHeader]: tenantId } : {}),
        ...(sessionId ? { [sessionHeader]: sessionId } : {}),
      }
      return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${api.portalUrl}/trpc`, headers })] })
    },

    machine: (certificate?: CertificateFiles) => createMachineClient(api.machineUrl, parts.caFile, certificate),
    gateway(certificate: CertificateFiles, ring: Ring) {
      const client = createMachineClient(api.machineUrl, parts.caFile, certificate)
      return createTestGateway(client, ring, () => parameters.newest(nameOf(ring))?.value)
    },

    /** Stops it as SIGTERM does and starts it again on the same ports, with the given changes of its environment. */
    async restart(changed: Partial<Config> = {}) {
      await api.stop()
      api = await start({ ...ports, ...changed })
    },
    async stop() {
      await api.stop()
      await db.close()
      if (!parts.issuer) await issuer.close()
    },
  }
}

const portOf = (url: string) => Number(new URL(url).port)
const setUp = { by: { subject: 'set-up', name: 'Set-up' }, reason: 'test', at: new Date() }

/** A tenant with its envelope, and groups that hold roles: `<tenant>-admins` and `<tenant>-viewers`. */
export async function seedTenant(db: Database, id: string, envelope: Envelope = {}): Promise<void> {
  await db.platform(async (tx) => {
    await tenants.create(tx, { id, name: `${id} games`, plan: 'studio', envelope }, setUp)
    await grants.add(tx, grant('tenant-admin', `${id}-admins`, id))
    await grants.add(tx, grant('tenant-viewer', `${id}-viewers`, id))
  })
}

/** Groups that hold the platform's roles: `platform-admins`, `approvers` and `auditors`. */
export async function seedPlatform(db: Database): Promise<void> {
  await db.platform(async (tx) => {
    await grants.add(tx, grant('platform-admin', 'platform-admins', null))
    await grants.add(tx, grant('platform-approver', 'approvers', null))
    await grants.add(tx, grant('auditor', 'auditors', null))
  })
}

const grant = (role: Role, subject: string, tenantId: string | null) => ({
  ...{ id: randomUUID(), role, tenantId, subject },
  subjectKind: 'group' as const,
  createdAt: new Date(),
  createdBy: 'Set-up',
})
