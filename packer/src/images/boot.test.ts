import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { gatewayArtifact } from './artifact.ts'
import { Instance, Network } from './boot.ts'
import { newWorkFolder, Root } from './root.ts'

const work = newWorkFolder()
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

let image: Root
let network: Network
let instance: Instance

/** On a busy machine a boot takes minutes. */
const patience = { timeout: 300_000, interval: 500 }
const ask = () => instance.run('/usr/bin/curl', '--silent', '--max-time', '5', 'http://127.0.0.1:9101/ready')
const state = async (unit: string) => (await instance.unit(unit, 'ActiveState')).ActiveState

beforeAll(async () => {
  image = await Root.fresh(join(work, 'gateway'))
  const policyKeys = publicKey.export({ type: 'spki', format: 'pem' }) as string
  expect(await image.provision('gateway', { gateway: gatewayArtifact(), policyKeys })).toMatchObject({ code: 0 })
  await copyFile(join(import.meta.dirname, 'aws.sh'), image.path('usr/bin/aws'))
  // A container must not set the clock of this machine, so it has no chrony to wait for.
  const waits = image.path('etc/systemd/system/chrony-wait.service.d')
  await mkdir(waits)
  await writeFile(join(waits, 'test.conf'), '[Unit]\nConditionCapability=CAP_SYS_TIME\n')
  writeFileSync(join(work, 'signing.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(join(work, 'no-ca'), '')
  network = new Network(join(import.meta.dirname, 'standIns.ts'), [work])
  await vi.waitFor(() => expect(network.output).toContain('the stand-ins listen'), patience)
  instance = await Instance.boot(image, network)
})
afterAll(async () => {
  await instance?.powerOff()
  await network?.stop()
  rmSync(work, { recursive: true, force: true })
})

describe('a gateway that was booted from its image', () => {
  it('waits for its certificate while the CA is away', async () => {
    const log = () => instance.run('journalctl', '--boot', '--unit=tickwatch-identity.service')
    await vi.waitFor(async () => expect((await log()).output).toContain('has no certificate yet'), patience)
    expect(await state('tickwatch-gateway.service')).toBe('inactive')
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

  it('has the identity of the instance, with a key that only root reads', async () => {
    const files = await instance.run(
      'sh',
      '-c',
      'cat /var/lib/tickwatch/identity/cert.pem; stat -c %a:%U /var/lib/tickwatch/identity/key.pem',
    )
    expect(new X509Certificate(files.output).subjectAltName).toBe(
      'URI:spiffe://tickwatch.local/gateway/i-0123456789abcdef0',
    )
    expect(files.output).toContain('600:root\n')
    expect((await instance.run('cat', '/run/tickwatch/instance.env')).output).toBe(
      'AWS_REGION=us-east-1\nGATEWAY_ID=i-0123456789abcdef0\nGATEWAY_ZONE=us-east-1b\n',
    )
    expect((await instance.run('stat', '-c', '%a:%U', '/var/lib/tickwatch/gateway')).output).toBe(
      '700:tickwatch-gateway\n',
    )
  })

  it('is not ready while its gateway is away after a crash, and ready again by itself', async () => {
    const before = await instance.unit('tickwatch-ready.target', 'ActiveEnterTimestampMonotonic')
    await instance.run('systemctl', 'kill', '--signal=KILL', 'tickwatch-gateway.service')
    await vi.waitFor(async () => {
      const now = await instance.unit('tickwatch-ready.target', 'ActiveState', 'ActiveEnterTimestampMonotonic')
      expect(now.ActiveState).toBe('active')
      expect(now.ActiveEnterTimestampMonotonic).not.toBe(before.ActiveEnterTimestampMonotonic)
    }, patience)
    expect((await instance.unit('tickwatch-gateway.service', 'NRestarts')).NRestarts).toBe('1')
  })

  it('is ready again after a power failure, with the same certificate, also while the CA is away', async () => {
    const certificate = () => instance.run('cat', '/var/lib/tickwatch/identity/cert.pem')
    const before = await certificate()
    await instance.powerOff()
    writeFileSync(join(work, 'no-ca'), '')
    instance = await Instance.boot(image, network)
    await vi.waitFor(async () => expect(await state('tickwatch-ready.target')).toBe('active'), patience)
    expect(await certificate()).toEqual(before)
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
