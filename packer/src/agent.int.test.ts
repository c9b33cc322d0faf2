import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startPrometheus } from '../../local/src/parts/prometheus/prometheus.ts'
import { tools } from '../../local/src/process/tools.ts'
import { expected, startImageAgent, stored } from './testing/imageAgent.ts'

let dir: string
let storage: Awaited<ReturnType<typeof startPrometheus>>
let agent: Awaited<ReturnType<typeof startImageAgent>>

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tickwatch-agent-storage-'))
  storage = await startPrometheus({ dir })
  // Prometheus 2 of Debian, which these tests have, does not sign what it writes, whatever its settings say, and has another flag.
  // `npm run test:images` has the program of the image, and a storage that checks signatures.
  agent = await startImageAgent(
    tools().prometheus,
    storage.url,
    { id: 'none', secret: 'none' },
    {
      settings: (text) => text.replace('/api/v1/remote_write', '/api/v1/write'),
      flags: (flags) => flags.replace('--agent ', '--enable-feature=agent '),
    },
  )
})
afterAll(async () => {
  await agent?.stop()
  await storage?.stop()
  rmSync(dir, { recursive: true, force: true })
})

it('the agent of the image writes the series that the portal and the judge ask for', async () => {
  await expect.poll(() => stored(storage.url), { timeout: 60_000 }).toEqual(expect.arrayContaining(expected))
  expect(await stored(storage.url)).toHaveLength(expected.length)
})
