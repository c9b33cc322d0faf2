import { inProcess, partSpec } from '../../platform/part.ts'
import { startIssuer } from './issuer.ts'
import { people } from './people.ts'

/** The portal's client at the issuer. */
export const oidcClientId = 'tickwatch-portal'

export const issuerPart = partSpec({
  name: 'issuer',
  after: [],
  ports: { issuer: 3100 },
  inProcess: true,
  address: ({ addresses }) => addresses.issuer,
  launch: async ({ dir, ports, logFile, state, secrets, overrides: { accessTokenSeconds, morePeople = [] } }) =>
    inProcess(
      await startIssuer({
        dir,
        port: ports.issuer,
        logFile,
        client: { id: oidcClientId, secret: secrets.oidcClientSecret, portalUrl: state.addresses.portal },
        people: [...people, ...morePeople],
        ...(accessTokenSeconds ? { accessTokenSeconds } : {}),
      }),
    ),
})
