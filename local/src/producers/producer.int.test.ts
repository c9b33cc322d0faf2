import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeSnappy, remoteWriteVersion, Scratch, WriteRequestReader } from '@tickwatch/remote-write'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../parts/pki.ts'
import { until } from '../process/until.ts'
import { createProducer, type Producer } from './producer.ts'
import { hostWriters } from './tenants.ts'

type Answer = { status: number; headers?: Record<string, string>; body?: string }
type Received = { atMs: number; headers: IncomingHttpHeaders; body: Buffer; peer: string; port: number }

let dir: string
let pem: { ca: Buffer; cert: Buffer; key: Buffer }
let hosts: { cert: Buffer; key: Buffer }[]
let server: Server
let url: string
let received: Received[]
let states: string[]
let answer: (request: Received) => Answer
let producer: Producer

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-producer-'))
  const ca = await openCertificateAuthority(dir)
  const uri = 'spiffe://tickwatch.local/tenant/acme/writer/game'
  const client = await ca.issue({ path: 'writers/acme-game', usage: 'client', uri })
  const edge = await ca.issue({ path: 'edge', usage: 'server', dnsNames: ['localhost'] })
  pem = { ca: readFileSync(ca.certFile), cert: readFileSync(client.cert), key: readFileSync(client.key) }
  hosts = []
  for (const writer of hostWriters('us-east-1')) {
    const own = { path: `writers/acme-${writer}`, uri: `spiffe://tickwatch.local/tenant/acme/writer/${writer}` }
    const { cert, key } = await ca.issue({ ...own, usage: 'client' })
    hosts.push({ cert: readFileSync(cert), key: readFileSync(key) })
  }
  server = createServer(
    {
      ca: pem.ca,
      cert: readFileSync(edge.cert),
      key: readFileSync(edge.key),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (req, res) => {
      const chunks: Buffer[] = []
      req.on('data', (chunk: Buffer) => chunks.push(chunk))
      req.on('end', () => {
        const socket = req.socket as import('node:tls').TLSSocket
        const peer = socket.getPeerX509Certificate()?.subjectAltName ?? ''
        const port = socket.remotePort ?? 0
        const request = { atMs: performance.now(), headers: req.headers, body: Buffer.concat(chunks), peer, port }
        received.push(request)
        const { status, headers, body } = answer(request)
        res.writeHead(status, headers).end(body)
      })
    },
  )
  // Envoy, too, keeps a connection longer than a host is silent.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  url = `https://localhost:${(server.address() as AddressInfo).port}/api/v1/write`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(dir, { recursive: true })
})
beforeEach(() => {
  received = []
  states = []
  answer = () => ({ status: 204 })
})
afterEach(() => producer.stop())

function start(options: Partial<Parameters<typeof createProducer>[0]> = {}) {
  producer = createProducer({
    tenant: 'acme',
    writer: 'game',
    url,
    ...pem,
    samplesPerSecond: 200,
    onState: (state, why) => states.push(`${state} (${why})`),
    ...options,
  })
  producer.start()
}

describe('a producer', () => {
  it.each([1, 2] as const)('writes remote write %i.0 with its certificate, at about its rate', async (version) => {
    start({ version })
    await until('five seconds of samples', () => producer.stats.accepted >= 1_000, { seconds: 12 })
    const reader = new WriteRequestReader()
    const series = new Set<number>()
    for (const { headers, body, peer } of received) {
      expect(remoteWriteVersion(headers['content-type'])).toBe(version)
      expect(headers['content-encoding']).toBe('snappy')
      expect(peer).toBe('URI:spiffe://tickwatch.local/tenant/acme/writer/game')
      reader.parse(decodeSnappy(body, new Scratch(), 1_000_000), version)
      for (let i = 0; i < reader.seriesCount; i++) series.add(reader.key(i))
    }
    // 200 samples/s from series that are measured every five seconds: about 1,000 series.
    expect(series.size).toBeGreaterThan(900)
    expect(series.size).toBeLessThan(1_100)
    expect(states).toEqual(['writing (204)'])
  })

  it('writes the servers of each host with the certificate of that, over one connection', async () => {
    start({ hostsOf: () => hosts })
    // The servers of one host have their turn again.
    await until('six seconds of samples', () => producer.stats.accepted >= 1_200, { seconds: 14 })
    const reader = new WriteRequestReader()
    const connections = new Map<string, Set<number>>()
    const peers = new Map<string, Set<string>>()
    const add = <T>(to: Map<string, Set<T>>, key: string, value: T) =>
      to.set(key, (to.get(key) ?? new Set<T>()).add(value))
    for (const { body, peer, port } of received) {
      add(connections, peer, port)
      reader.parse(decodeSnappy(body, new Scratch(), 1_000_000), 1)
      for (let i = 0; i < reader.seriesCount; i++) add(peers, String(reader.key(i)), peer)
    }
    expect([...connections.keys()].sort()).toEqual(
      hostWriters('us-east-1').map((writer) => `URI:spiffe://tickwatch.local/tenant/acme/writer/${writer}`),
    )
    expect(received.length).toBeGreaterThan(hosts.length)
    expect([...connections.values()].map(({ size }) => size)).toEqual(hosts.map(() => 1))
    expect(peers.size).toBeGreaterThan(900)
    expect([...peers.values()].filter(({ size }) => size !== 1)).toEqual([])
  })

  it('stops at once while it waits for Retry-After', async () => {
    answer = () => ({ status: 429, headers: { 'retry-after': '60' } })
    start()
    await until('it is refused', () => producer.stats.refused429 > 0)
    const before = performance.now()
    await producer.stop()
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})
