import { join } from 'node:path'
import { expect, it } from 'vitest'
import { accessKey, useAmp } from '../../../local/src/parts/amp/ampTestServer.ts'
import { expected, startImageAgent, stored } from '../testing/imageAgent.ts'
import { ownPrograms } from './artifact.ts'

const amp = useAmp()

it('the agent of the image writes to AMP with the signature of the instance', async () => {
  const agent = await startImageAgent(join(ownPrograms, 'prometheus'), amp.endpoint(), accessKey)
  try {
    await expect.poll(() => stored(amp.prometheusUrl()), { timeout: 60_000 }).toEqual(expect.arrayContaining(expected))
  } finally {
    await agent.stop()
  }
})
