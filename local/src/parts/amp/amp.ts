import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Pool } from 'undici'
import { type AlertmanagerOptions, alertmanagerControl } from './ampAlertmanager.ts'
import { controlPlane } from './ampControl.ts'
import { AmpFault } from './ampFault.ts'
import { answerWithinSamples } from './ampQueryLimit.ts'
import { ElectedReplicas } from './ampReplicas.ts'
import { openRuleFiles } from './ampRules.ts'
import { signatureFault } from './ampSignature.ts'
import { storeWrite } from './ampWrite.ts'

export type AmpOptions = {
  /** 0 chooses a free port. */
  port: number
  /** The real Prometheus that stores samples and answers queries. {@link startAmp} says which flags it needs. */
  prometheusUrl: string
  region: string
  /** Secret access key by access key id. */
  accessKeys: Readonly<Record<string, string>>
  workspaceId: string
  /** The folder of the rule groups namespaces, one `*.rules.yaml` each. */
  rulesDir: string
  /** How long a change of rules is in progress; 50 ms by default. */
  settleMs?: number
  /** Rules that the workspace may have; 2,000 by default, as in AMP. */
  rulesMax?: number
  /** The real Alertmanager that gets Prometheus's alerts. Without it, calls about it fail. */
  alertmanager?: AlertmanagerOptions | null
}

export type Amp = { url: string; stop(): Promise<void> }

const bodyBytesMax = 32 * 1_024 * 1_024

/**
 * Stands in for Amazon Managed Service for Prometheus (AMP), as far as Tickwatch uses it: checks SigV4 and returns
 * AMP's errors in front of a real Prometheus, maps a workspace's paths to Prometheus's, stores the good part of a write
 * with bad samples, stores one of the replicas of a cluster, and has the control-plane calls for rules and for the
 * definition of Alertmanager.
 *
 * Prometheus needs `--web.enable-remote-write-receiver`, `--enable-feature=native-histograms` and
 * `--web.enable-lifecycle`, and in its configuration `rule_files: ['<rulesDir>/*.rules.yaml']`, as `startPrometheus`
 * has. Clients use `<url>/workspaces/<workspaceId>` as the workspace's endpoint and `AWS_ENDPOINT_URL_AMP=<url>`.
 */
export async function startAmp(options: AmpOptions): Promise<Amp> {
  const { region, accessKeys, workspaceId } = options
  const prometheus = new Pool(options.prometheusUrl, { connections: 64 })
  const rules = await openRuleFiles(options.rulesDir, options.rulesMax ?? 2_000, async () => {
    const answer = await prometheus.request({ path: '/-/reload', method: 'POST' })
    const text = await answer.body.text()
    return answer.statusCode === 200 ? null : text.trim()
  })
  const replicas = new ElectedReplicas()
  const control = controlPlane({ region, workspaceId, rules, settleMs: options.settleMs ?? 50 })
  const alertmanager = options.alertmanager ? new Pool(options.alertmanager.url, { connections: 8 }) : null
  const definition =
    options.alertmanager && alertmanager ? await alertmanagerControl(options.alertmanager, alertmanager) : null

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const method = request.method ?? ''
    const target = request.url ?? '/'
    const fault = signatureFault(
      { method, target, rawHeaders: request.rawHeaders, body },
      { region, service: 'aps', secrets: accessKeys },
      Date.now(),
    )
    if (fault) throw new AmpFault(403, fault.type, fault.message)

    const url = new URL(target, 'http://amp')
    const [, workspaces, id = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
    if (workspaces !== 'workspaces') throw new AmpFault(404, 'UnknownOperationException', 'There is no such operation.')
    if (id !== workspaceId) throw new AmpFault(404, 'ResourceNotFoundException', `Workspace not found. id: ${id}`)
    if (rest[0] === 'api') {
      const path = prometheusPath(method, url.pathname.split('/').slice(3).join('/'), request)
      if (path === writePath) {
        const { status, text } = await storeWrite(prometheus, body, replicas, Date.now())
        response.writeHead(status).end(text)
        return
      }
      const gone = new AbortController()
      response.once('close', () => gone.abort())
      const limited = await answerWithinSamples(prometheus, url, path, body, gone.signal)
      if (limited) respond(response, limited.status, limited.body)
      else await forward(prometheus, method, `${path}${url.search}`, request, body, response, gone.signal)
      return
    }
    if (rest[0] === 'alertmanager') {
      if (!alertmanager || !definition) {
        throw new AmpFault(400, 'ValidationException', 'Alertmanager is not installed on this machine.')
      }
      const path = rest.slice(1).join('/')
      if (path === 'api/v2/alerts' && method === 'GET') {
        const gone = new AbortController()
        response.once('close', () => gone.abort())
        await forward(alertmanager, method, `/${path}${url.search}`, request, body, response, gone.signal)
        return
      }
      if (path !== 'definition') throw new AmpFault(404, 'UnknownOperationException', 'There is no such operation.')
      const { status, json } = await definition(method, body)
      respond(response, status, json)
      return
    }
    const { status, json } = await control(method, rest, url.searchParams, body)
    respond(response, status, json)
  }

  const server = createServer((request, response) => {
    response.setHeader('x-amzn-requestid', randomUUID())
    serve(request, response).catch((cause: unknown) => refuse(response, cause))
  })
  // As long as a load balancer keeps a connection, so that clients see no race that production does not have.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(options.port, '127.0.0.1', listening)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((done) => server.close(done))
      await Promise.all([prometheus.destroy(), alertmanager?.destroy()])
      server.closeAllConnections()
      await closed
    },
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    // Read to the end: a client that is still sending would lose an earlier answer.
    if (bytes <= bodyBytesMax) chunks.push(chunk)
  }
  if (bytes > bodyBytesMax) throw new AmpFault(413, 'RequestEntityTooLarge', 'Request body too large')
  return Buffer.concat(chunks)
}

const readable = /^api\/v1\/(query|query_range|series|labels)$/
const getOnly = /^api\/v1\/(label\/[^/]+\/values|rules|alerts)$/

/** The path in Prometheus for a path in an AMP workspace. */
function prometheusPath(method: string, path: string, { headers }: IncomingMessage): string {
  const allowed =
    path === 'api/v1/remote_write'
      ? ['POST']
      : readable.test(path)
        ? ['GET', 'POST']
        : getOnly.test(path)
          ? ['GET']
          : []
  if (allowed.length === 0) throw new AmpFault(404, 'UnknownOperationException', 'There is no such operation.')
  if (!allowed.includes(method)) throw new AmpFault(405, 'UnsupportedOperationException', `${method} is not allowed.`)
  if (path !== 'api/v1/remote_write') return `/${path}`
  // Prometheus 2 answers 204 to remote write 2.0 and stores nothing, so reject it here.
  if (headers['content-type'] !== 'application/x-protobuf' || headers['content-encoding'] !== 'snappy') {
    throw new AmpFault(415, 'UnsupportedMediaTypeException', 'Only snappy-compressed remote write 1.0 is accepted.')
  }
  return writePath
}

const writePath = '/api/v1/write'
const requestHeaders = ['content-type', 'accept-encoding']
const answerHeaders = ['content-type', 'content-encoding', 'content-length', 'retry-after']

async function forward(
  prometheus: Pool,
  method: string,
  path: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const headers = picked(request.headers, requestHeaders)
  const answer = await prometheus.request({ method, path, headers, body: method === 'GET' ? null : body, signal })
  response.writeHead(answer.statusCode, picked(answer.headers, answerHeaders))
  await pipeline(answer.body, response)
}

function picked(headers: Record<string, string | string[] | undefined>, names: string[]): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}

/** @param json its bytes, or what it says */
function respond(response: ServerResponse, status: number, json: Buffer | object): void {
  const body = Buffer.isBuffer(json) ? json : JSON.stringify(json)
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

function refuse(response: ServerResponse, cause: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const fault =
    cause instanceof URIError
      ? new AmpFault(400, 'ValidationException', cause.message)
      : cause instanceof AmpFault
        ? cause
        : new AmpFault(
            503,
            'InternalServerException',
            `The storage is away: ${cause instanceof Error ? cause.message : cause}`,
          )
  response.setHeader('x-amzn-errortype', fault.type)
  respond(response, fault.status, { Message: fault.message })
}
