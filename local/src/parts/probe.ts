import { join } from 'node:path'
import { partSpec } from '../platform/part.ts'
import { startScript } from '../platform/script.ts'
import { answers } from '../process/until.ts'

/** Each of the few tenants here is probed every 10 s, as everywhere. */
export const probePart = partSpec({
  name: 'probe',
  // It asks the API whom to probe. Before the first policy the gateways know no tenant.
  after: ['policy', 'envoy'],
  ports: { probe: 9110 },
  address: ({ addresses }) => addresses.probe,
  launch: (context) => {
    const { addresses, pki } = context.state
    const env = {
      NODE_ENV: 'production',
      PROBE_HTTP_PORT: String(context.ports.probe),
      PROBE_WRITERS_URL: addresses.writers,
      PROBE_READERS_URL: addresses.readers,
      PROBE_CONTROL_PLANE_URL: addresses.machine,
      PROBE_CA_FILE: pki.ca,
      PROBE_CERT_FILE: pki.probe.cert,
      PROBE_KEY_FILE: pki.probe.key,
      PROBE_STATE_FILE: join(context.dir, 'targets.json'),
    }
    return startScript(context, 'agents/probe/src/main.ts', env, () => answers(`${addresses.probe}/ready`))
  },
})
