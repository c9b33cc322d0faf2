import { join } from 'node:path'
import { probeGatewayHeader, probePath, probeSpiffeId } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import type { CertificateFiles } from '../../platform/localState.ts'
import { until } from '../../process/until.ts'
import type { EnvoyUpstream } from '../../testing/envoyUpstream.ts'
import { spoofed, useEnvoy } from '../../testing/useEnvoy.ts'
import { openCertificateAuthority } from '../pki.ts'

const edge = useEnvoy()
const { ask, send, hosts, gateways, arrived } = edge

const write = (gateway: string | null, certificate = edge.probe) =>
  ask(
    `${edge.envoy.url}${probePath('acme', 'write')}`,
    certificate,
    { ...spoofed, ...(gateway ? { [probeGatewayHeader]: gateway } : {}) },
    'POST',
  )
const read = (gateway: string | null, certificate: CertificateFiles | null = edge.probe) =>
  ask(`${edge.envoy.readersUrl}${probePath('acme', 'query')}?time=1`, certificate, {
    ...spoofed,
    authorization: 'Bearer mine',
    ...(gateway ? { [probeGatewayHeader]: gateway } : {}),
  })

it('reaches the gateway that it names, as the probe that it is', async () => {
  for (const { upstream, state } of [...gateways.slice(0, 2), ...gateways.slice(0, 2)]) {
    for (const send of [write, read]) {
      const before = [state.seen.length, arrived.length]
      expect(await send(upstream.id)).toBe(204)
      expect([state.seen.length, arrived.length]).toEqual(before.map((count) => count + 1))
      const headers = arrived.at(-1)
      expect(headers?.['x-forwarded-client-cert']).toMatch(
        /^Hash=[0-9a-f]{64};URI=spiffe:\/\/tickwatch\.local\/probe\/probe-1$/,
      )
      expect(headers).not.toHaveProperty(probeGatewayHeader)
      expect(headers).not.toHaveProperty('x-tickwatch-tenant')
    }
  }
})

it('is told at once that there is no such gateway, or that it is not ready', async () => {
  const [first] = gateways as [EnvoyUpstream, EnvoyUpstream]
  const before = arrived.length
  for (const gateway of ['gateway-99', null]) {
    expect(await write(gateway)).toBe(503)
    expect(await read(gateway)).toBe(503)
  }
  first.state.ready = false
  await until('Envoy saw it drain', async () => (await hosts('/failed_active_hc')) === 1)
  expect(await write(first.upstream.id)).toBe(503)
  expect(await read(first.upstream.id)).toBe(503)
  expect(arrived).toHaveLength(before)
  first.state.ready = true
  await until('Envoy took it back', async () => (await hosts('healthy')) === 2)
})

it('is the only one that its routes are for', async () => {
  const before = arrived.length
  expect(await write('gateway-1', edge.writer)).toBe(404)
  expect(await read('gateway-1', edge.reader)).toBe(404)
  expect(await read('gateway-1', null)).toBe(404)
  for (const name of ['a'.repeat(64), '-a', 'a/b']) {
    const ca = await openCertificateAuthority(join(edge.dir, 'pki'))
    const uri = probeSpiffeId('tickwatch.local', name)
    const other = await ca.issue({ path: 'other-probe', usage: 'client', uri })
    await expect(write('gateway-1', other), name).rejects.toThrow()
    await expect(read('gateway-1', other), name).rejects.toThrow()
  }
  expect(arrived).toHaveLength(before)
})

it('a writer that names a gateway is sent to its own nevertheless', async () => {
  const before = gateways.map((gateway) => gateway.state.seen.length)
  for (const { upstream } of gateways) expect(await send(edge.writer, { [probeGatewayHeader]: upstream.id })).toBe(204)
  const reached = gateways.map((gateway, i) => gateway.state.seen.length - (before[i] ?? 0))
  expect(reached.filter((requests) => requests > 0)).toEqual([gateways.length])
})
