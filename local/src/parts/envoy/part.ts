import { partSpec } from '../../platform/part.ts'
import { startEnvoy } from './envoy.ts'

export const envoyPart = partSpec({
  name: 'envoy',
  after: ['certificates', 'endpoints'],
  ports: { writers: 9443, readers: 9444, envoyAdmin: 9901 },
  address: ({ addresses }) => `${addresses.writers} (writers), ${addresses.readers} (readers)`,
  launch: ({ dir, ports, logFile, state }) =>
    startEnvoy({
      dir,
      port: ports.writers,
      readersPort: ports.readers,
      adminPort: ports.envoyAdmin,
      logFile,
      caFile: state.pki.ca,
      certificate: state.pki.envoy,
    }),
})
