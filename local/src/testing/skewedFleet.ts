import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Bundle, Limits } from '@tickwatch/policy'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { startTestIssuer } from '../../../apps/api/src/testing/issuer.ts'
import { gatewayArtifact, unpackGateway } from '../../../apps/gateway/build/unpack.ts'
import { startAmpCapture } from '../../../apps/gateway/src/testing/ampCapture.ts'
import { send, snappy } from '../../../apps/gateway/src/testing/testGateway.ts'
import { auditBucket, policyBucket, policyKeyAlias, prepareAws } from '../parts/aws/awsBootstrap.ts'
import { awsRegion, startMiniStack } from '../parts/aws/ministack.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { freePort } from '../process/ports.ts'
import { type Running, startProcess } from '../process/processes.ts'
import { root as today } from '../process/tools.ts'
import { answers } from '../process/until.ts'

/** A gateway that can change its version. It keeps its name, its socket and its disk. */
export type SkewedGateway = {
  /** Replaces the running version with this one. @param root of its sources; today's runs from the artifact */
  run(root: string): Promise<void>
  /** Writes one series of acme with this number of labels. @returns the status, or 0 if nobody answers. */
  write(labels: number): Promise<number>
  /** The bundle on its disk. */
  bundle(): Bundle
}

export type SkewedFleet = {
  gateways: [canary: SkewedGateway, fleet: SkewedGateway]
  /** Replaces the running API with this version. */
  runApi(root: string): Promise<void>
  /** Sets all of acme's own limits as its admin. @returns the revision. */
  edit(limits: Limits): Promise<number>
  /** The state of a revision. */
  stateOf(revision: number): Promise<string>
  ssm: { away(): Promise<void>; back(): Promise<void> }
  stop(): Promise<void>
}

/** An API and two gateways in versions that a test chooses, with real Postgres, SSM, S3, KMS and mutual TLS. */
export async function startSkewedFleet(
  dir: string,
  database: { tenant: string; platform: string; worker: string },
): Promise<SkewedFleet> {
  const pki = await openCertificateAuthority(join(dir, 'pki'))
  const server = await pki.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] })
  const publicKeys = join(dir, 'publicKeys.pem')
  const amp = await startAmpCapture()
  // The API waits until AMP has accepted its alert rules, even before it ends.
  const rules = '{"ruleGroupsNamespace":{"status":{"statusCode":"ACTIVE"}}}'
  amp.answerQuery = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(rules)
  const issuer = await startTestIssuer()
  const awsDir = join(dir, 'aws')
  let ministack = await startMiniStack({ dir: awsDir })
  await prepareAws(ministack.url, publicKeys)
  const machinePort = `${await freePort()}`
  const apiPort = `${await freePort()}`
  const apiUrl = `http://127.0.0.1:${apiPort}`
  const both = {
    AWS_REGION: awsRegion,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: ministack.url,
    AWS_ENDPOINT_URL_AMP: new URL(amp.endpoint).origin,
    AMP_ENDPOINT: amp.endpoint,
    TICKWATCH_ENVIRONMENT: 'test',
  }
  const artifact = gatewayArtifact()
  const todaysGateway = await unpackGateway(artifact, join(dir, artifact.sha256))
  const script = (root: string, room: string) => ({
    command: process.execPath,
    args: [join(root, room, 'src', 'main.ts')],
  })
  type Program = ReturnType<typeof script>
  const start = (name: string, program: Program, env: Record<string, string>, url: string) =>
    startProcess({
      name,
      ...program,
      env: { ...both, ...env },
      logFile: join(dir, `${name}.log`),
      ready: () => answers(url),
    })

  async function createGateway(id: string, ring: string): Promise<SkewedGateway & { stop(): Promise<void> }> {
    const { cert, key } = await pki.issue({ path: id, usage: 'client', uri: `spiffe://tickwatch.local/gateway/${id}` })
    const socket = join(dir, `${id}.sock`)
    const stateDir = join(dir, id)
    const port = `${await freePort()}`
    const env = {
      GATEWAY_ID: id,
      GATEWAY_RING: ring,
      GATEWAY_ZONE: 'a',
      GATEWAY_SOCKET: socket,
      GATEWAY_HTTP_PORT: port,
      GATEWAY_STATE_DIR: stateDir,
      POLICY_PUBLIC_KEYS_FILE: publicKeys,
      POLICY_POLL_SECONDS: '1',
      CONTROL_PLANE_URL: `https://localhost:${machinePort}`,
      CONTROL_PLANE_CA_FILE: pki.certFile,
      GATEWAY_CERT_FILE: cert,
      GATEWAY_KEY_FILE: key,
    }
    let running: Running | null = null
    return {
      async run(root) {
        await running?.stop()
        const program = root === today ? todaysGateway : script(root, 'apps/gateway')
        running = await start(id, program, env, `http://127.0.0.1:${port}/healthz`)
      },
      async write(labels) {
        const headers = {
          'content-encoding': 'snappy',
          'content-type': 'application/x-protobuf',
          'x-prometheus-remote-write-version': '0.1.0',
          'x-forwarded-client-cert': 'Hash=0a;URI=spiffe://tickwatch.local/tenant/acme/writer/edge',
        }
        const sent = send(socket, 'POST', '/api/v1/write', series(labels), headers)
        return sent.then(({ status }) => status).catch(() => 0)
      },
      bundle() {
        const { gzipBase64 } = JSON.parse(readFileSync(join(stateDir, 'policy.json'), 'utf8'))
        return JSON.parse(gunzipSync(Buffer.from(gzipBase64, 'base64')).toString())
      },
      stop: async () => running?.stop(),
    }
  }
  const canary = await createGateway('gateway-1', 'canary')
  const fleet = await createGateway('gateway-2', 'fleet')

  let api: Running | null = null
  const call = async (path: string, init: RequestInit = {}) => {
    const token = await issuer.token({ sub: 'mara', name: 'Mara', groups: ['acme-admins'] })
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'x-tickwatch-tenant': 'acme',
    }
    const response = await fetch(`${apiUrl}/trpc/${path}`, { headers, ...init })
    const body = await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${body}`)
    return JSON.parse(body).result.data
  }
  const ask = (path: string, input: object) => call(`${path}?input=${encodeURIComponent(JSON.stringify(input))}`)

  return {
    gateways: [canary, fleet],
    async runApi(root) {
      await api?.stop()
      const env = {
        API_PORT: apiPort,
        MACHINE_PORT: machinePort,
        MACHINE_TLS_CERT_FILE: server.cert,
        MACHINE_TLS_KEY_FILE: server.key,
        MACHINE_CLIENT_CA_FILE: pki.certFile,
        DATABASE_URL_TENANT: database.tenant,
        DATABASE_URL_PLATFORM: database.platform,
        DATABASE_URL_WORKER: database.worker,
        OIDC_ISSUER: issuer.url,
        POLICY_BUCKET: policyBucket,
        POLICY_KMS_KEY_ID: policyKeyAlias,
        AUDIT_BUCKET: auditBucket,
        AMP_WORKSPACE_ID: 'ws-test',
      }
      api = await start('api', script(root, 'apps/api'), env, `${apiUrl}/readyz`)
    },
    async edit(limits) {
      const { revision: baseRevision } = await call('quota.current')
      const proposal = { limits, reason: 'a test of it', baseRevision }
      const { outcome, revision } = await call('quota.propose', { method: 'POST', body: JSON.stringify(proposal) })
      if (outcome !== 'applied') throw new Error(`the edit was ${outcome}`)
      return revision
    },
    stateOf: async (revision) => (await ask('policy.propagation', { revision })).state,
    ssm: {
      away: () => ministack.stop(),
      back: async () => {
        ministack = await startMiniStack({ dir: awsDir, port: Number(new URL(ministack.url).port) })
      },
    },
    async stop() {
      await Promise.all([canary.stop(), fleet.stop(), api?.stop()])
      await Promise.all([ministack.stop(), amp.close(), issuer.close()])
    },
  }
}

const names = ['__name__', 'az', 'cluster', 'queue', 'region']
function series(labels: number): Buffer {
  const writer = new WriteRequestWriter()
  writer.begin()
  writer.beginSeries(names.slice(0, labels).flatMap((name) => [name, 'a']))
  writer.sample(1, Date.now())
  writer.endSeries()
  return snappy(writer.finish())
}
