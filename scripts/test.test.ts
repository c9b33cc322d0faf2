import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'

it('ends what it runs when it is ended itself', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'test.mjs'), 'lint', 'types'], { detached: true })
  const group = -(child.pid as number)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const processes = () => execFileSync('ps', ['-A', '-o', 'pgid=,args='], { encoding: 'utf8' })
  const biome = new RegExp(`^ *${child.pid} .*biome check`, 'm')
  await vi.waitFor(() => expect(processes()).toMatch(biome), { timeout: 20_000, interval: 200 })
  process.kill(child.pid as number, 'SIGTERM')
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(output).toContain('ended by SIGTERM')
  expect(output).not.toContain('dependency violations')
  await vi.waitFor(() => expect(() => process.kill(group, 0)).toThrow('ESRCH'), { timeout: 10_000 })
})
