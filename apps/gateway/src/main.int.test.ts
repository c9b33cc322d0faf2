import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { type GatewayCommand, gatewayArtifact, unpackGateway } from '../build/unpack.ts'
import { send, snappy, TestGateway } from './testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
})
afterEach(() => at.remove())

const writer = new WriteRequestWriter()
const sample = () => {
  writer.begin()
  writer.beginSeries(['__name__', 'up'])
  writer.sample(1, Date.now())
  writer.endSeries()
  return snappy(writer.finish())
}
const ready = () => vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 5_000)

describe('the socket for Envoy', () => {
  it('opens only for its owner and its group, and serves only writes and queries', async () => {
    at.publish({ version: 1 })
    await at.start()
    expect((await stat(at.settings.socket)).mode & 0o777).toBe(0o660)
    const ask = (method: string, path: string) => send(at.settings.socket, method, path, Buffer.alloc(0), {})
    expect((await ask('GET', '/api/v1/write')).status).toBe(405)
    expect((await ask('GET', '/metrics')).status).toBe(404)
    expect((await ask('POST', '/api/v1/query')).status).toBe(401)
    expect((await ask('GET', '/api/v1/status/config')).status).toBe(404)
  })

  it('is taken over from a gateway that was killed, but not from one that is running', async () => {
    await at.start()
    await expect(at.start()).rejects.toThrow('another process listens on')
    await at.stop()
    const dead = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(at.settings.socket)})`,
    ])
    await vi.waitFor(() => expect(existsSync(at.settings.socket)).toBe(true), 5_000)
    dead.kill('SIGKILL')
    await new Promise((resolve) => dead.once('exit', resolve))
    await at.start()
    expect((await at.write(sample())).status).toBe(503)
  })
})

describe('the port for operations', () => {
  it('serves only health and metrics', async () => {
    await at.start()
    expect(await at.get('/healthz')).toMatchObject({ status: 200, body: 'ok\n' })
    expect((await at.get('/metrics')).headers['content-type']).toContain('text/plain')
    for (const path of ['/api/v1/write', '/api/v1/query']) expect((await at.get(path)).status).toBe(404)
    const forged = { 'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/acme/writer/edge' }
    const reply = await fetch(`http://127.0.0.1:${at.gateway?.httpPort}/api/v1/write`, {
      method: 'POST',
      headers: forged,
    })
    expect(reply.status).toBe(405)
  })

  it('says not ready while AMP is away', async () => {
    const nobody = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => nobody.once('listening', resolve))
    const address = nobody.address()
    const port = typeof address === 'object' ? address?.port : 0
    await new Promise((resolve) => nobody.close(resolve))
    at.settings = { ...at.settings, ampEndpoint: `http://127.0.0.1:${port}/workspaces/ws-test` }
    at.publish({ version: 1 })
    await at.start()
    await vi.waitFor(async () => expect((await at.get('/ready')).body).toBe('AMP cannot be reached\n'), 5_000)
    expect((await at.write(sample())).status).toBe(503)
  })
})

it('a gateway that stops is not ready, answers requests in flight, and sends a last heartbeat', async () => {
  at.publish({ version: 1 })
  await at.start()
  await ready()
  at.amp.reply = { status: 200, afterMs: 1_500 }
  const inFlight = at.write(sample())
  await vi.waitFor(() => expect(at.amp.requests).toBe(1))
  const stopping = at.stop()
  expect(await at.get('/ready')).toMatchObject({ status: 503, body: expect.stringContaining('draining') })
  const late = at.write(sample())
  expect(await inFlight).toMatchObject({ status: 204, headers: { connection: 'close' } })
  expect((await late).status).toBe(204)
  await stopping
  // The last heartbeat gives its shares to the other gateways at once.
  expect(at.controlPlane.heartbeats.at(-1)?.body).toMatchObject({ applied: { version: 1 } })
  expect(at.controlPlane.heartbeats.at(-1)?.body.tenants).toEqual({})
  await expect(at.write(sample())).rejects.toThrow()
  expect(existsSync(at.settings.socket)).toBe(false)
})

it('a gateway that stops does not wait long for half a request, and sends its last heartbeat', async () => {
  at.publish({ version: 1 })
  await at.start()
  await ready()
  const half = connect(at.settings.socket)
  half.on('error', () => {})
  half.write(
    'POST /api/v1/write HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\ncontent-encoding: snappy\r\n' +
      'content-type: application/x-protobuf\r\n' +
      'x-forwarded-client-cert: Hash=0a;URI=spiffe://tickwatch.local/tenant/acme/writer/edge\r\n\r\nhalf',
  )
  await vi.waitFor(() => expect(at.controlPlane.heartbeats.at(-1)?.body.tenants).toHaveProperty('acme'), 5_000)
  const startedMs = performance.now()
  await at.stop()
  expect(performance.now() - startedMs).toBeLessThan(9_000)
  expect(at.controlPlane.heartbeats.at(-1)?.body.tenants).toEqual({})
  expect(existsSync(join(at.settings.stateDir, 'shares.json'))).toBe(true)
  half.destroy()
})

describe('the process', () => {
  let gateway: GatewayCommand
  beforeAll(async () => {
    gateway = await unpackGateway(gatewayArtifact(), await mkdtemp(join(tmpdir(), 'tickwatch-artifact-')))
  })
  afterAll(() => rm(gateway.cwd, { recursive: true }))
  let child: ChildProcess | null = null
  let output = ''
  afterEach(() => child?.kill('SIGKILL'))

  const run = (env: Record<string, string>) => {
    output = ''
    const { command, args, cwd } = gateway
    child = spawn(command, args, { cwd, env })
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    return new Promise<number | null>((resolve) => child?.once('exit', resolve))
  }

  it('reports all faults of its environment at once', async () => {
    const code = await run({
      GATEWAY_ID: 'gateway-1',
      GATEWAY_RING: 'The Middle',
      GATEWAY_HTTP_PORT: '99999',
      POLICY_PUBLIC_KEYS_FILE: import.meta.filename,
    })
    expect(code).toBe(1)
    const faults = [
      'GATEWAY_RING',
      'GATEWAY_ZONE',
      'GATEWAY_SOCKET',
      'GATEWAY_HTTP_PORT',
      'GATEWAY_STATE_DIR',
      'POLICY_PUBLIC_KEYS_FILE: the file has no PEM public key',
      'CONTROL_PLANE_CA_FILE',
      'GATEWAY_CERT_FILE',
      'GATEWAY_KEY_FILE',
      'AMP_ENDPOINT',
    ]
    for (const fault of faults) expect(output).toContain(fault)
  })

  /** Everything that a gateway needs, with this socket. */
  async function environment(socket: string): Promise<Record<string, string>> {
    const file = async (name: string, content: string) => {
      await writeFile(join(at.dir, name), content)
      return join(at.dir, name)
    }
    const { files, url } = at.controlPlane
    return {
      GATEWAY_ID: 'gateway-1',
      GATEWAY_RING: 'fleet',
      GATEWAY_ZONE: 'a',
      GATEWAY_SOCKET: socket,
      GATEWAY_HTTP_PORT: '0',
      GATEWAY_STATE_DIR: at.settings.stateDir,
      TICKWATCH_ENVIRONMENT: 'test',
      POLICY_PUBLIC_KEYS_FILE: await file(
        'keys.pem',
        at.signing.publicKey.export({ type: 'spki', format: 'pem' }) as string,
      ),
      CONTROL_PLANE_URL: url,
      CONTROL_PLANE_CA_FILE: files.caFile,
      GATEWAY_CERT_FILE: files.certFile,
      GATEWAY_KEY_FILE: files.keyFile,
      AMP_ENDPOINT: at.amp.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    }
  }

  it('starts from its environment and stops at SIGTERM', async () => {
    const ended = run(await environment(at.settings.socket))
    await vi.waitFor(() => expect(at.controlPlane.heartbeats.at(-1)?.body.ring).toBe('fleet'), 10_000)
    child?.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(output).toContain('"msg":"stopped"')
  })

  it('names the lines of the sources in the log if it fails', async () => {
    expect(await run(await environment(join(at.dir, 'missing', 'gateway.sock')))).toBe(1)
    const { msg, err } = JSON.parse(output.trim().split('\n').at(-1) ?? '')
    expect(msg).toBe('the gateway could not start')
    const line = readFileSync(join(import.meta.dirname, 'gateway.ts'), 'utf8')
      .split('\n')
      .findIndex((each) => each.includes('edge.listenUnix('))
    expect(err.stack).toContain(`/apps/gateway/src/gateway.ts:${line + 1}:`)
  })
})
