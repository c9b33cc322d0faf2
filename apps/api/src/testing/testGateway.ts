import { formatsRead, type Heartbeat, type HeartbeatAnswer, parseManifest, type Ring } from '@tickwatch/policy'
import type { MachineClient } from './machineClient.ts'

/** A gateway that enforces its ring's manifest, unless the test says otherwise. */
export function createTestGateway(client: MachineClient, ring: Ring, readManifest: () => string | undefined) {
  const state: Pick<Heartbeat, 'applied' | 'refused' | 'tenants' | 'leaving' | 'refusalCauses' | 'readerUses'> = {
    applied: null,
    refused: null,
    tenants: {},
    readerUses: [],
  }
  async function beat(): Promise<HeartbeatAnswer> {
    const answer = await client.send('POST', '/v1/gateways/heartbeat', {
      ring,
      zone: 'local-1a',
      softwareVersion: '0.1.0',
      formatsRead,
      startedAt: new Date(0).toISOString(),
      ...state,
      cpuRatio: 0.1,
      memoryBytes: 1_000_000,
    } satisfies Heartbeat)
    if (answer.status !== 200) throw new Error(`heartbeat answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body as HeartbeatAnswer
  }
  return {
    state,
    beat,
    /** Enforces the ring's manifest now and attests it. */
    async apply(): Promise<HeartbeatAnswer> {
      const text = readManifest()
      if (text === undefined) throw new Error(`the ring ${ring} has no manifest`)
      const { version, sha256 } = parseManifest(text)
      state.applied = { version, sha256, appliedAt: new Date().toISOString() }
      state.refused = null
      return beat()
    },
    /** It was waiting for news, as a gateway always is, when its connection broke. */
    async breakConnection(): Promise<void> {
      await beat()
      // It ends with the connection, and nobody waits for its answer.
      client.send('GET', `/v1/gateways/news?ring=${ring}&after=999`).catch(() => {})
      // By the time this is answered, the request on the connection that was open has arrived too.
      await beat()
      client.close()
    },
    async refuse(reason: string): Promise<HeartbeatAnswer> {
      const { version } = parseManifest(readManifest() ?? '')
      state.refused = { version, reason, at: new Date().toISOString() }
      return beat()
    },
  }
}
export type TestGateway = ReturnType<typeof createTestGateway>
