import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { Heartbeat, HeartbeatAnswer } from '@tickwatch/policy'
import type { ControlPlaneFiles } from '../controlPlaneConnection.ts'

type CertificateRequest = { path: string; usage: 'server' | 'client'; ipAddresses?: readonly string[]; uri?: string }

/** Opens a CA in a folder. It is the function of `local`, passed in because only the test files may import `local`. */
export type OpenCa = (dir: string) => Promise<{
  certFile: string
  issue(request: CertificateRequest): Promise<{ cert: string; key: string }>
}>

/** A stand-in for the API's machine port. It uses mutual TLS, keeps the heartbeats, and answers as the test sets it. */
export type ControlPlane = {
  url: string
  /** For a gateway that connects to it. */
  files: ControlPlaneFiles
  /** PEM, of the authority. */
  ca: string
  /** `certificate` is the fingerprint of the one with which it came. */
  heartbeats: { gatewayId: string; certificate: string; atMs: number; body: Heartbeat }[]
  answer: HeartbeatAnswer | { status: number }
  answerAfterMs: number
  news: {
    /** The queries of the requests for news so far. */
    asked: string[]
    /** The fingerprints of the certificates with which they came. */
    certificates: string[]
    /** Refuses these requests with this status, instead of keeping them open. */
    status: number | null
    /** Answers the requests that are open. */
    tell(policyVersion: number | null): void
  }
  close(): Promise<void>
}

export async function startControlPlane(dir: string, openCa: OpenCa): Promise<ControlPlane> {
  const authority = await openCa(join(dir, 'pki'))
  const server = await authority.issue({ path: 'machine', usage: 'server', ipAddresses: ['127.0.0.1'] })
  const gateway = await authority.issue({
    path: 'gateway',
    usage: 'client',
    uri: 'spiffe://tickwatch.local/gateway/gateway-1',
  })
  const ca = readFileSync(authority.certFile, 'utf8')
  const https = createServer({
    cert: readFileSync(server.cert),
    key: readFileSync(server.key),
    ca,
    requestCert: true,
    rejectUnauthorized: true,
  })
  const open = new Set<ServerResponse>()
  https.on('request', (request, response) => {
    const [path, query = ''] = (request.url ?? '').split('?')
    if (path === '/v1/gateways/news') {
      const { news } = controlPlane
      news.asked.push(query)
      news.certificates.push((request.socket as TLSSocket).getPeerCertificate().fingerprint256)
      if (news.status !== null) return response.writeHead(news.status).end()
      open.add(response)
      return response.once('close', () => open.delete(response))
    }
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const { subjectaltname = '', fingerprint256 } = (request.socket as TLSSocket).getPeerCertificate()
      controlPlane.heartbeats.push({
        gatewayId: /gateway\/([a-z0-9-]+)/.exec(subjectaltname)?.[1] ?? '',
        certificate: fingerprint256,
        atMs: performance.now(),
        body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Heartbeat,
      })
      const { answer, answerAfterMs } = controlPlane
      setTimeout(() => {
        if ('status' in answer) response.writeHead(answer.status).end()
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
      }, answerAfterMs)
    })
  })
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve))
  const address = https.address()
  if (typeof address !== 'object' || !address) throw new Error('no port')
  const controlPlane: ControlPlane = {
    url: `https://127.0.0.1:${address.port}`,
    files: { caFile: authority.certFile, certFile: gateway.cert, keyFile: gateway.key },
    ca,
    heartbeats: [],
    answer: { policyVersionHint: null, shares: {}, defaultShare: 1, nextHeartbeatMs: 200 },
    answerAfterMs: 0,
    news: {
      asked: [],
      certificates: [],
      status: null,
      tell(policyVersion) {
        for (const response of open) response.end(JSON.stringify({ policyVersion, future: true }))
      },
    },
    close: () =>
      new Promise((resolve) => {
        https.close(() => resolve())
        https.closeAllConnections()
      }),
  }
  return controlPlane
}
