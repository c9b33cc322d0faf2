import { mkdtemp, rm } from 'node:fs/promises'
import { request, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMetricsReader, createRemoteWriter } from '@tickwatch/aws'
import { encodeSnappy, type RemoteWriteVersion, remoteWriteHeaders, Scratch } from '@tickwatch/remote-write'
import { pino } from 'pino'
import { expect, vi } from 'vitest'
import type { Settings } from '../env.ts'
import { type Gateway, type Ports, startGateway } from '../gateway.ts'
import { type AmpCapture, startAmpCapture } from './ampCapture.ts'
import { type ControlPlane, type OpenCa, startControlPlane } from './controlPlane.ts'
import { environment, newSigningKey, type Published, publish, type TestPolicy, type TestTenant } from './policies.ts'

export type Reply = { status: number; headers: Record<string, string>; body: string }

/** A gateway on real sockets. The test sets what SSM and S3 hold, and what AMP and the control plane answer. */
export class TestGateway {
  readonly signing = newSigningKey()
  /** The value in SSM. An Error is thrown instead of returned. */
  parameter: string | Error | null = null
  /** How often the gateway read the manifest. */
  polls = 0
  /** The objects in S3. */
  readonly objects = new Map<string, Uint8Array>()
  /** The gateway's ports to SSM and S3. */
  aws: Omit<Ports, 'upstream' | 'reader'> = {
    parameters: {
      get: async () => {
        this.polls++
        if (this.parameter instanceof Error) throw this.parameter
        return this.parameter === null ? null : { value: this.parameter, version: 1 }
      },
    },
    objects: {
      get: async (bucket, key) => {
        if (this.parameter instanceof Error) throw this.parameter
        return this.objects.get(`${bucket}/${key}`) ?? null
      },
    },
  }
  /** Lines of the log, parsed. */
  readonly logged: Record<string, unknown>[] = []
  settings: Settings
  gateway: Gateway | null = null
  readonly dir: string
  readonly amp: AmpCapture
  readonly controlPlane: ControlPlane

  private constructor(dir: string, amp: AmpCapture, controlPlane: ControlPlane) {
    this.dir = dir
    this.amp = amp
    this.controlPlane = controlPlane
    const { url, files } = controlPlane
    this.settings = {
      gatewayId: 'gateway-1',
      ring: 'canary',
      zone: 'us-east-1a',
      socket: join(dir, 'gateway.sock'),
      httpHost: '127.0.0.1',
      httpPort: 0,
      stateDir: join(dir, 'state'),
      environment,
      trustDomain: 'tickwatch.local',
      policyPublicKeys: [newSigningKey().publicKey, this.signing.publicKey],
      policyPollSeconds: 0.2,
      controlPlane: { url, files },
      ampEndpoint: amp.endpoint,
      storageQueries: 20,
      logLevel: 'debug',
    }
  }

  static async create(openCa: OpenCa): Promise<TestGateway> {
    const dir = await mkdtemp(join(tmpdir(), 'tickwatch-gateway-'))
    process.env.AWS_REGION = 'us-east-1'
    process.env.AWS_ACCESS_KEY_ID = 'test'
    process.env.AWS_SECRET_ACCESS_KEY = 'test'
    return new TestGateway(dir, await startAmpCapture(), await startControlPlane(dir, openCa))
  }

  async start(): Promise<void> {
    const log = pino({ level: 'debug' }, { write: (line: string) => this.logged.push(JSON.parse(line)) })
    this.gateway = await startGateway(
      this.settings,
      {
        ...this.aws,
        upstream: createRemoteWriter(this.settings.ampEndpoint),
        reader: createMetricsReader(this.settings.ampEndpoint),
      },
      log,
    )
  }

  /** Publishes a policy to SSM, and to S3 unless it is inline. */
  publish(policy: TestPolicy, ...how: [('inline' | 's3')?]): Published {
    const published = publish(policy, this.signing.privateKey, ...how)
    const { location } = published.manifest
    if (location.kind === 's3') this.objects.set(`${location.bucket}/${location.key}`, published.gzip)
    this.parameter = published.text
    return published
  }

  /** Sends a write as Envoy would forward it. */
  write(body: Uint8Array, headers: Record<string, string> = {}, tenantId = 'acme'): Promise<Reply> {
    return send(this.settings.socket, 'POST', '/api/v1/write', body, {
      'content-encoding': 'snappy',
      ...remoteWriteHeaders[1],
      'x-forwarded-client-cert': `Hash=0a;URI=spiffe://tickwatch.local/tenant/${tenantId}/writer/edge`,
      ...headers,
    })
  }

  writeV2(body: Uint8Array): Promise<Reply> {
    return this.write(body, remoteWriteHeaders[2])
  }

  /** Sends a query as Envoy would forward it: as a form if there is one, or else in the URL. */
  query(path: string, headers: Record<string, string> = reader('acme'), form?: Record<string, string>): Promise<Reply> {
    const body = Buffer.from(form ? new URLSearchParams(form).toString() : '')
    const type: Record<string, string> = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    return send(this.settings.socket, form ? 'POST' : 'GET', path, body, { ...type, ...headers })
  }

  async get(path: string): Promise<Reply> {
    const answer = await fetch(`http://127.0.0.1:${this.gateway?.httpPort}${path}`)
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
  }

  /** Starts with these tenants, and waits until the gateway accepts writes and queries. */
  async startWith(tenants: TestTenant[]): Promise<void> {
    this.publish({ version: 1, tenants })
    await this.start()
    await vi.waitFor(async () => expect((await this.get('/ready')).status).toBe(200), 10_000)
  }

  /** The value of a line of its own metrics, such as `x_total{tenant_id="acme"}`. Null if there is no such line. */
  async metric(line: string): Promise<number | null> {
    // A counter is 0 in the first exposition that has it.
    await this.get('/metrics')
    const { body } = await this.get('/metrics')
    const found = body.split('\n').find((each) => each.startsWith(`${line} `))
    return found === undefined ? null : Number(found.slice(line.length + 1))
  }

  async stop(): Promise<void> {
    await this.gateway?.stop()
    this.gateway = null
  }

  async remove(): Promise<void> {
    await this.stop()
    await this.amp.close()
    await this.controlPlane.close()
    await rm(this.dir, { recursive: true })
  }
}

/** From now on AMP does not answer queries. Returns the open responses, so that the test can answer them. */
export function holdQueries(at: TestGateway): ServerResponse[] {
  const held: ServerResponse[] = []
  at.amp.answerQuery = (response) => held.push(response)
  return held
}

/** From now on AMP gives every query this answer. */
export function answerQueries(at: TestGateway, status: number, body: string, headers: Record<string, string> = {}) {
  at.amp.answerQuery = (response) => response.writeHead(status, headers).end(body)
}

/** The header that Envoy sets for a reader with a certificate. */
export const reader = (tenantId: string): Record<string, string> => ({
  'x-forwarded-client-cert': `Hash=0a;URI=spiffe://tickwatch.local/tenant/${tenantId}/reader/grafana`,
})

const scratch = new Scratch()
export const snappy = (bytes: Uint8Array): Buffer => Buffer.from(encodeSnappy(bytes, scratch))

export const contentTypeOf = (version: RemoteWriteVersion) => remoteWriteHeaders[version]['content-type']

export function send(
  socketPath: string,
  method: string,
  path: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers: { ...headers, 'content-length': body.length } })
    sent.once('error', reject)
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.end(body)
  })
}
