import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'

it('ends what it runs when it is ended itself', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'test.mjs'), 'lint', 'types'], { detached: true })
  const group = -(child.pid as number)
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  // Lint has begun.
  await vi.waitFor(() => expect(output).toContain('Checked'), { timeout: 20_000 })
  process.kill(child.pid as number, 'SIGTERM')
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(output).toContain('ended by SIGTERM')
  await vi.waitFor(() => expect(() => process.kill(group, 0)).toThrow('ESRCH'), { timeout: 10_000 })
})
