import { afterEach, expect, it, vi } from 'vitest'
import { portsAt } from '../../local/src/platform/ports.ts'

afterEach(() => vi.unstubAllEnvs())

async function portsOf(half: 'faults' | 'pages' | 'neighbours') {
  vi.stubEnv('E2E_HALF', half)
  vi.resetModules()
  const { ampLinkPort, awsLinkPort, controlUrl, portOffset } = await import('./platform.ts')
  return [...Object.values(portsAt(portOffset)), Number(new URL(controlUrl).port), awsLinkPort, ampLinkPort]
}

it('no port is used twice by the platforms of all halves', async () => {
  const ports = [...(await portsOf('faults')), ...(await portsOf('pages')), ...(await portsOf('neighbours'))]
  expect(ports.length).toBeGreaterThan(30)
  expect(ports.filter((port, i) => ports.indexOf(port) !== i)).toEqual([])
})
