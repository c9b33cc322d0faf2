// The parts that reads need: Postgres, MiniStack, Prometheus behind AMP's stand-in, an issuer, and the API's process.
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMetricsQuery, type MetricsQuery } from '@tickwatch/aws'
import { migrate } from '@tickwatch/db'
import {
  answers,
  freePort,
  openCertificateAuthority,
  prepareAws,
  startAmp,
  startMiniStack,
  startPostgres,
  startPrometheus,
} from '@tickwatch/local'
import pg from 'pg'
import { startTestIssuer, type TestIssuer } from '../../apps/api/src/testing/issuer.ts'
import { auditBucket, policyBucket, policyKeyAlias } from '../../local/src/parts/aws/awsBootstrap.ts'
import { startProcess } from '../../local/src/process/processes.ts'
import { reapWithUs } from '../../local/src/process/reaper.ts'
import { root } from '../../local/src/process/tools.ts'

const passwords = { tenant: 'tenant', platform: 'platform', worker: 'worker' }
const region = 'us-east-1'
const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'
const credentials = { id: 'AKIABENCH', secret: createHash('sha256').update('bench').digest('hex') }

/** A folder that Postgres may enter even if it runs as another user. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-reads-'))
  chmodSync(dir, 0o711)
  return dir
}

/** Stops a part together with the stack, or at once if the stack was disposed during its start. */
async function kept<T>(
  stack: AsyncDisposableStack,
  starting: Promise<T>,
  stop: (started: T) => Promise<void>,
): Promise<T> {
  const started = await starting
  if (stack.disposed) {
    await stop(started)
    throw new Error('the bench was stopped during its start')
  }
  stack.defer(() => stop(started))
  return started
}
const stopped = (part: { stop(): Promise<void> }) => part.stop()

export type Database = { admin: pg.Client; urls: Record<keyof typeof passwords, string> }

/** Starts Postgres with an empty migrated database. */
export async function startDatabase(stack: AsyncDisposableStack, dir: string): Promise<Database> {
  const starting = startPostgres({ dir: join(dir, 'postgres'), port: await freePort() })
  const postgres = await kept(stack, starting, stopped)
  reapWithUs(postgres.pid)
  await migrate(postgres.ownerUrl, passwords)
  const admin = new pg.Client({ connectionString: postgres.adminUrl, options: '-c TimeZone=UTC' })
  await admin.connect()
  stack.defer(() => admin.end())
  const url = (role: keyof typeof passwords) => {
    const at = new URL(postgres.ownerUrl)
    at.username = `tickwatch_${role}`
    at.password = passwords[role]
    return at.href
  }
  return { admin, urls: { tenant: url('tenant'), platform: url('platform'), worker: url('worker') } }
}

/**
 * Starts the API and waits until it serves.
 * @returns the URL of its main port, the issuer, and the store that it asks
 */
export async function startApi(
  stack: AsyncDisposableStack,
  dir: string,
  database: Database,
): Promise<{ url: string; issuer: TestIssuer; amp: MetricsQuery }> {
  const ministack = await kept(stack, startMiniStack({ dir: join(dir, 'ministack') }), stopped)
  await prepareAws(ministack.url, join(dir, 'policy-keys.pem'))
  const prometheus = await kept(stack, startPrometheus({ dir: join(dir, 'prometheus') }), stopped)
  const ampStarting = startAmp({
    port: 0,
    prometheusUrl: prometheus.url,
    region,
    accessKeys: { [credentials.id]: credentials.secret },
    workspaceId,
    rulesDir: prometheus.rulesDir,
  })
  const amp = await kept(stack, ampStarting, stopped)
  const issuer = await kept(stack, startTestIssuer(), (started) => started.close())
  const ca = await openCertificateAuthority(join(dir, 'pki'))
  const machine = await ca.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] })
  const endpoint = `${amp.url}/workspaces/${workspaceId}`
  const signing = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.id,
    AWS_SECRET_ACCESS_KEY: credentials.secret,
  }
  Object.assign(process.env, signing)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const api = startProcess({
    name: 'api',
    command: process.execPath,
    args: [join(root, 'apps/api/src/main.ts')],
    cwd: root,
    env: {
      ...signing,
      AWS_ENDPOINT_URL: ministack.url,
      AWS_ENDPOINT_URL_AMP: amp.url,
      AWS_EC2_METADATA_DISABLED: 'true',
      NODE_ENV: 'production',
      API_PORT: String(port),
      MACHINE_PORT: '0',
      MACHINE_TLS_CERT_FILE: machine.cert,
      MACHINE_TLS_KEY_FILE: machine.key,
      MACHINE_CLIENT_CA_FILE: ca.certFile,
      DATABASE_URL_TENANT: database.urls.tenant,
      DATABASE_URL_PLATFORM: database.urls.platform,
      DATABASE_URL_WORKER: database.urls.worker,
      OIDC_ISSUER: issuer.url,
      POLICY_BUCKET: policyBucket,
      AUDIT_BUCKET: auditBucket,
      POLICY_KMS_KEY_ID: policyKeyAlias,
      AMP_WORKSPACE_ID: workspaceId,
      AMP_ENDPOINT: endpoint,
    },
    logFile: join(dir, 'api.log'),
    ready: () => answers(`${url}/readyz`),
  })
  await kept(stack, api, stopped)
  return { url, issuer, amp: createMetricsQuery(endpoint) }
}
