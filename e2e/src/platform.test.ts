import { afterEach, expect, it, vi } from 'vitest'
import { portsAt } from '../../local/src/platform/ports.ts'

afterEach(() => vi.unstubAllEnvs())

const halves = ['faults', 'incidents', 'long', 'pages', 'neighbours', 'rollouts']

async function portsOf(half: string) {
  vi.stubEnv('E2E_HALF', half)
  vi.resetModules()
  const { ampLinkPort, awsLinkPort, controlUrl, portOffset } = await import('./platform.ts')
  return [...Object.values(portsAt(portOffset)), Number(new URL(controlUrl).port), awsLinkPort, ampLinkPort]
}

it('no port is used twice by the platforms of all halves', async () => {
  const ports: number[] = []
  // One after the other: each stubs the environment of the next.
  for (const half of halves) ports.push(...(await portsOf(half)))
  expect(ports.length).toBeGreaterThan(30)
  expect(ports.filter((port, i) => ports.indexOf(port) !== i)).toEqual([])
})
