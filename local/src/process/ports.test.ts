import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
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

it('a port is returned once, also if nothing listens on it yet', async () => {
  const look = `import('${join(import.meta.dirname, 'ports.ts')}').then(async ({ freePort }) => {
    for (let i = 0; i < 400; i++) console.log(await freePort())
    await new Promise((resolve) => process.stdin.once('end', resolve).resume())
  })`
  const others = [0, 1].map(() => spawn(process.execPath, ['--input-type=module', '-e', look]))
  const ports = (await Promise.all(others.map(({ stdout }) => linesOf(stdout, 400)))).flat()
  for (const { stdin } of others) stdin.end()
  expect(new Set(ports).size).toBe(800)
})

/** The first lines, as soon as there are that many. */
async function linesOf(stream: Readable, count: number): Promise<string[]> {
  let text = ''
  for await (const chunk of stream) {
    text += chunk
    const lines = text.split('\n')
    if (lines.length > count) return lines.slice(0, count)
  }
  throw new Error(`the stream ended after: ${text}`)
}
