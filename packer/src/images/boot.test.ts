import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { gatewayArtifact, gatewayPrograms } from './artifact.ts'
import { Instance, Network, type Program } from './boot.ts'
import { newWorkFolder, Root } from './root.ts'

const work = newWorkFolder()
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

let image: Root
let network: Network
let instance: Instance
let sender: Program

/** On a busy machine a boot takes minutes. */
const patience = { timeout: 300_000, interval: 500 }
const ask = () => instance.run('/usr/bin/curl', '--silent', '--max-time', '5', 'http://127.0.0.1:9101/ready')
const identity = (of: 'gateway' | 'edge', file: string) => `/var/lib/tickwatch/identity/${of}/current/${file}`
const certificateOf = async (of: 'gateway' | 'edge') =>
  new X509Certificate((await instance.run('cat', identity(of, 'cert.pem'))).output)
const log = async (unit: string) => (await instance.run('journalctl', '--boot', `--unit=${unit}`)).output
const state = async (unit: string) => (await instance.unit(unit, 'ActiveState')).ActiveState

beforeAll(async () => {
  image = await Root.fresh(join(work, 'gateway'))
  const policyKeys = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const programs = await gatewayPrograms(work)
  expect(await image.provision('gateway', { gateway: gatewayArtifact(), programs, policyKeys })).toMatchObject({
    code: 0,
  })
  await copyFile(join(import.meta.dirname, 'aws.sh'), image.path('usr/bin/aws'))
  // A container must not set the clock of this machine, so it has no chrony to wait for.
  const waits = image.path('etc/systemd/system/chrony-wait.service.d')
  await mkdir(waits)
  await writeFile(join(waits, 'test.conf'), '[Unit]\nConditionCapability=CAP_SYS_TIME\n')
  // The test renews certificates when it wants to, whatever the time of day is.
  const renewals = image.path('etc/systemd/system/tickwatch-renew.timer.d')
  await mkdir(renewals)
  await writeFile(join(renewals, 'test.conf'), '[Timer]\nOnCalendar=\nOnCalendar=2100-01-01\n')
  // So few that they are renewed as soon as the test asks.
  writeFileSync(join(work, 'days'), '2')
  writeFileSync(join(work, 'signing.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(join(work, 'no-ca'), '')
  network = new Network(join(import.meta.dirname, 'standIns.ts'), [work])
  await vi.waitFor(() => expect(network.output).toContain('the stand-ins listen'), patience)
  instance = await Instance.boot(image, network)
})
afterAll(async () => {
  await sender?.stop()
  await instance?.powerOff()
  await network?.stop()
  rmSync(work, { recursive: true, force: true })
})

describe('a gateway that was booted from its image', () => {
  it('waits for its certificate while the CA is away', async () => {
    await vi.waitFor(
      async () => expect(await log('tickwatch-identity.service')).toContain('has no certificate yet'),
      patience,
    )
    expect(await state('tickwatch-gateway.service')).toBe('inactive')
    expect(await state('tickwatch-envoy.service')).toBe('inactive')
    rmSync(join(work, 'no-ca'))
  })

  it('is not ready before its gateway is', async () => {
    await vi.waitFor(async () => expect((await ask()).output).toContain('no policy yet'), patience)
    expect(await state('tickwatch-gateway.service')).toBe('active')
    expect(await state('tickwatch-gate.service')).toBe('activating')
    expect(await state('tickwatch-ready.target')).toBe('inactive')
  })

  it('is ready as soon as its gateway is', async () => {
    writeFileSync(join(work, 'published'), '')
    await vi.waitFor(async () => expect(await state('tickwatch-ready.target')).toBe('active'), patience)
    expect(await ask()).toEqual({ code: 0, output: 'ready\n' })
  })

  it('started everything in its order', async () => {
    const order = [
      'network-online.target',
      'tickwatch-identity.service',
      'tickwatch-policy.service',
      'tickwatch-agents.target',
      'tickwatch-gateway.service',
      'tickwatch-envoy.service',
      'tickwatch-gate.service',
      'tickwatch-ready.target',
    ]
    const since = await Promise.all(
      order.map(async (name) =>
        Number((await instance.unit(name, 'ActiveEnterTimestampMonotonic')).ActiveEnterTimestampMonotonic),
      ),
    )
    expect(since.every((at) => at > 0)).toBe(true)
    expect(since).toEqual([...since].sort((a, b) => a - b))
  })

  it('has no unit that failed', async () => {
    const { output } = await instance.run('systemctl', 'list-units', '--failed', '--plain', '--no-legend')
    expect(output).toBe('')
  })

  it('can write only where the image says, and can execute nothing there', async () => {
    const named = (await image.text('etc/tickwatch/writable')).split('\n').filter((line) => /^\//.test(line))
    const paths = named.map((line) => line.split(/\s+/)[0] as string)
    const mounts = (await instance.run('cat', '/proc/self/mounts')).output
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    const memoryOfSystemd = /^\/(proc|sys|dev|run)(\/|$)/
    const writable = mounts
      .filter(([, path = '', , options = '']) => !memoryOfSystemd.test(path) && options.split(',').includes('rw'))
      .map(([, path]) => path as string)
    expect(writable.sort()).toEqual(paths.sort())
    expect((await instance.run('touch', '/etc/new')).output).toContain('Read-only file system')
    for (const path of paths) {
      const script = `printf '#!/bin/sh\\n' > ${path}/x && chmod 755 ${path}/x && ${path}/x; code=$?; rm ${path}/x; exit $code`
      expect((await instance.run('sh', '-c', script)).output, path).toContain('Permission denied')
    }
  })

  it('has the identity of the instance, with keys that only root and the user of each service read', async () => {
    expect((await certificateOf('gateway')).subjectAltName).toBe(
      'URI:spiffe://tickwatch.local/gateway/i-0123456789abcdef0',
    )
    expect((await certificateOf('edge')).subjectAltName).toBe('DNS:localhost')
    const owner = async (path: string) => (await instance.run('stat', '-c', '%a:%U', path)).output
    expect(await owner(identity('gateway', 'key.pem'))).toBe('400:tickwatch-gateway\n')
    expect(await owner(identity('edge', 'key.pem'))).toBe('400:tickwatch-envoy\n')
    expect(await owner('/var/lib/tickwatch/gateway')).toBe('700:tickwatch-gateway\n')
    expect((await instance.run('cat', '/run/tickwatch/instance.env')).output).toBe(
      'AWS_REGION=us-east-1\nGATEWAY_ID=i-0123456789abcdef0\nGATEWAY_ZONE=us-east-1b\n',
    )
    // Envoy is in the gateway's group, for its socket.
    const asEnvoy = ['--reuid=tickwatch-envoy', '--regid=tickwatch-envoy', '--groups=tickwatch-gateway']
    for (const [program, path] of [
      ['cat', identity('gateway', 'key.pem')],
      ['ls', '/var/lib/tickwatch/gateway'],
    ] as const) {
      expect((await instance.run('setpriv', ...asEnvoy, program, path)).output, path).toContain('Permission denied')
    }
    const socket = '/run/tickwatch-gateway/gateway.sock'
    expect((await instance.run('setpriv', ...asEnvoy, 'test', '-w', socket)).code).toBe(0)
  })

  it('is reached by writers through its Envoy', async () => {
    sender = network.start(join(import.meta.dirname, 'sender.ts'), [work])
    await vi.waitFor(() => expect(sender.output).toMatch(/^kept 2\d\d$/m), patience)
  })

  it('writes the metrics of its gateway, its Envoy and its host to AMP', async () => {
    const written = () => readFile(join(work, 'written'), 'utf8')
    const of = (job: string, name: string) =>
      new RegExp(
        `^__name__=${name} az=us-east-1b cluster=\\S+ .*instance=i-0123456789abcdef0 job=${job} .*tenant=tickwatch$`,
        'm',
      )
    await vi.waitFor(async () => {
      const series = await written()
      expect(series).toMatch(of('gateway', 'tickwatch_gateway_samples_total'))
      expect(series).toMatch(of('edge', 'tickwatch_certificate_expiry_timestamp_seconds'))
      expect(series).toMatch(of('node', 'node_memory_MemAvailable_bytes'))
      expect(series).toMatch(of('node', 'node_network_receive_bytes_total'))
    }, patience)
    expect(await written()).toMatch(/^__name__=sender_value .*tenant=acme$/m)
  })

  it('renews its certificates while it runs, and refuses nothing and restarts nothing meanwhile', async () => {
    const services = ['tickwatch-gateway.service', 'tickwatch-envoy.service']
    const pids = () => Promise.all(services.map(async (name) => (await instance.unit(name, 'MainPID')).MainPID))
    const before = { pids: await pids(), gateway: await certificateOf('gateway'), edge: await certificateOf('edge') }
    const renew = () => instance.run('systemctl', 'start', 'tickwatch-renew.service')

    writeFileSync(join(work, 'no-ca'), '')
    expect((await renew()).code).toBe(1)
    expect((await certificateOf('edge')).fingerprint256).toBe(before.edge.fingerprint256)
    await instance.run('systemctl', 'reset-failed', 'tickwatch-renew.service')
    rmSync(join(work, 'no-ca'))

    writeFileSync(join(work, 'days'), '7')
    expect(await renew()).toEqual({ code: 0, output: '' })
    const edge = await certificateOf('edge')
    expect(edge.fingerprint256).not.toBe(before.edge.fingerprint256)
    expect((await certificateOf('gateway')).fingerprint256).not.toBe(before.gateway.fingerprint256)
    await vi.waitFor(() => expect(sender.output).toContain(`presents ${edge.fingerprint256}`), patience)
    await vi.waitFor(
      async () => expect(await log('tickwatch-gateway.service')).toContain('uses a renewed certificate'),
      patience,
    )
    // The last one may not be whole yet.
    const lines = sender.output.split('\n').slice(0, -1)
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.filter((line) => !/^((kept|new) 2\d\d|presents [0-9A-F:]{95})$/.test(line))).toEqual([])
    expect(await pids()).toEqual(before.pids)
    expect(await log('tickwatch-gateway.service')).not.toContain('a heartbeat failed')
    // The next hour there is nothing to do.
    expect((await renew()).code).toBe(0)
    expect((await certificateOf('edge')).fingerprint256).toBe(edge.fingerprint256)
    await sender.stop()
  })

  it('tells the load balancer that it leaves, before its Envoy stops', async () => {
    const asked = async () =>
      (
        await instance.run(
          'curl',
          ...['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', 'http://127.0.0.1:9445/ready'],
        )
      ).output
    expect(await asked()).toBe('200')
    expect(await instance.run('/usr/libexec/tickwatch/drain')).toEqual({ code: 0, output: '' })
    expect(await asked()).toBe('503')
    await instance.run('curl', '--silent', '--request', 'POST', 'http://127.0.0.1:9901/healthcheck/ok')
    expect(await asked()).toBe('200')
  })

  it.each(['tickwatch-gateway.service', 'tickwatch-envoy.service'])(
    'is not ready while %s is away after a crash, and ready again by itself',
    async (service) => {
      const before = await instance.unit('tickwatch-ready.target', 'ActiveEnterTimestampMonotonic')
      await instance.run('systemctl', 'kill', '--signal=KILL', service)
      await vi.waitFor(async () => {
        const now = await instance.unit('tickwatch-ready.target', 'ActiveState', 'ActiveEnterTimestampMonotonic')
        expect(now.ActiveState).toBe('active')
        expect(now.ActiveEnterTimestampMonotonic).not.toBe(before.ActiveEnterTimestampMonotonic)
      }, patience)
      expect((await instance.unit(service, 'NRestarts')).NRestarts).toBe('1')
    },
  )

  it('is ready again after a power failure, with the same certificate, also while the CA is away', async () => {
    const certificate = async () => (await certificateOf('gateway')).fingerprint256
    const before = await certificate()
    await instance.powerOff()
    writeFileSync(join(work, 'no-ca'), '')
    instance = await Instance.boot(image, network)
    await vi.waitFor(async () => expect(await state('tickwatch-ready.target')).toBe('active'), patience)
    expect(await certificate()).toBe(before)
  })
})

it('a gateway without the volume of its state is not ready, and its gateway does not start', async () => {
  await instance.powerOff()
  await rm(image.state)
  await writeFile(image.state, '')
  instance = await Instance.boot(image, network)
  await vi.waitFor(
    async () => expect((await instance.run('systemctl', 'is-system-running')).output).toBe('degraded\n'),
    patience,
  )
  expect(await state('tickwatch-gateway.service')).toBe('inactive')
  expect(await state('tickwatch-ready.target')).toBe('inactive')
  expect((await readFile(image.state)).length).toBe(0)
})
