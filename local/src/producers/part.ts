import { partSpec } from '../platform/part.ts'
import { startScript } from '../platform/script.ts'

export const producersPart = partSpec({
  name: 'producers',
  // A gateway refuses a writer for good whose tenant is not in its policy, so they wait for the first policy.
  after: ['policy', 'envoy'],
  ports: {},
  launch: (context) => {
    const { stateDir, addresses } = context.state
    const env = {
      PRODUCER_STATE_DIR: stateDir,
      PRODUCER_URL: `${addresses.writers}/api/v1/write`,
      PRODUCER_HOSTS: String(addresses.fleet !== null),
    }
    // They listen nowhere: they are ready when they run.
    return startScript(context, 'local/src/producers/main.ts', env, async () => true)
  },
})
