import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { freePort, takenPorts } from './ports.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

it.runIf(hasIpv6)(
  'a port is taken even if a program listens only on ::1, because a browser would use that',
  async () => {
    const web = await freePort()
    const server = createServer().listen(web, '::1')
    await once(server, 'listening')
    expect(await takenPorts({ web })).toEqual([{ name: 'web', port: web }])
    server.close()
  },
)
