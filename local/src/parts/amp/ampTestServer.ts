import { createHash, createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, vi } from 'vitest'
import { startPrometheus } from '../prometheus/prometheus.ts'
import { type Amp, startAmp } from './amp.ts'
import { snappyLiteral, writeRequest } from './ampTestRequest.ts'

export const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'
export const region = 'us-east-1'
export const accessKey = { id: 'AKIDTICKWATCH', secret: 'the-secret' }
export const writePath = `/workspaces/${workspaceId}/api/v1/remote_write`

export const body = (...series: Uint8Array[]) => snappyLiteral(writeRequest(...series))

/** The parts of a signed request, as in AWS's reference. A test can make any of them wrong. */
export type Signing = {
  method: string
  path: string
  query: string
  keyId: string
  secret: string
  region: string
  service: string
  atMs: number
  scopeDate: string | null
  body: Buffer
  /** Sent as x-amz-content-sha256; null sends none. */
  claimedHash: string | null
  unsigned: string[]
  headers: Record<string, string>
}
const hex = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
const mac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

export function signedFor(ampUrl: string, faults: Partial<Signing> = {}) {
  const content = faults.body ?? Buffer.from(body())
  const s: Signing = {
    method: 'POST',
    path: writePath,
    query: '',
    keyId: accessKey.id,
    secret: accessKey.secret,
    region,
    service: 'aps',
    atMs: Date.now(),
    scopeDate: null,
    body: content,
    claimedHash: hex(content),
    unsigned: [],
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    ...faults,
  }
  const time = new Date(s.atMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const date = s.scopeDate ?? time.slice(0, 8)
  const headers: Record<string, string> = {
    ...s.headers,
    host: new URL(ampUrl).host,
    'x-amz-date': time,
    ...(s.claimedHash === null ? {} : { 'x-amz-content-sha256': s.claimedHash }),
  }
  const names = Object.keys(headers)
    .filter((name) => !s.unsigned.includes(name))
    .sort()
  const canonical = [
    s.method,
    // SigV4 encodes the path twice; it is sent encoded once.
    s.path.split('/').map(encodeURIComponent).join('/'),
    s.query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hex(s.body),
  ].join('\n')
  const scope = `${date}/${s.region}/${s.service}/aws4_request`
  const key = [date, s.region, s.service, 'aws4_request'].reduce<string | Buffer>(mac, `AWS4${s.secret}`)
  const signature = mac(key, ['AWS4-HMAC-SHA256', time, scope, hex(canonical)].join('\n')).toString('hex')
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${s.keyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  return { method: s.method, path: s.path, query: s.query, headers, body: s.body }
}

/** The stand-in before a Prometheus of its own, for the tests of one file, and the environment that leads our adapters to it. */
export function useAmp(usual: { settleMs?: number } = {}) {
  let dir: string
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>
  let amp: Amp

  const start = (more: { settleMs?: number } = {}) =>
    startAmp({
      ...{ port: 0, region, workspaceId, accessKeys: { [accessKey.id]: accessKey.secret, AKIDOTHER: 'another' } },
      ...{ prometheusUrl: prometheus.url, rulesDir: prometheus.rulesDir },
      ...more,
    })

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tickwatch-amp-'))
    prometheus = await startPrometheus({ dir })
    amp = await start(usual)
  })

  afterAll(async () => {
    await amp?.stop()
    await prometheus?.stop()
    await rm(dir, { recursive: true, force: true })
    vi.unstubAllEnvs()
  })

  beforeEach(() => {
    vi.stubEnv('AWS_REGION', region)
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey.id)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', accessKey.secret)
    vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
  })

  return {
    rulesDir: () => prometheus.rulesDir,
    prometheusUrl: () => prometheus.url,
    endpoint: () => `${amp.url}/workspaces/${workspaceId}`,
    signed: (faults: Partial<Signing> = {}) => signedFor(amp.url, faults),
    /** Another stand-in, whose changes are in progress for longer than a test takes. */
    startSlow: () => start({ settleMs: 600_000 }),
    /** Sends a request that {@link signedFor} made. */
    async send(request: ReturnType<typeof signedFor>, url = amp.url) {
      const { host: _sentByFetch, ...headers } = request.headers
      const response = await fetch(`${url}${request.path}${request.query && `?${request.query}`}`, {
        method: request.method,
        headers,
        ...(request.method === 'GET' ? {} : { body: request.body }),
      })
      const text = await response.text()
      return { status: response.status, type: response.headers.get('x-amzn-errortype'), text }
    },
  }
}
