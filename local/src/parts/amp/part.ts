import { join } from 'node:path'
import { inProcess, partSpec } from '../../platform/part.ts'
import { tools } from '../../process/tools.ts'
import { startAmp } from './amp.ts'

export const ampPart = partSpec({
  name: 'amp',
  after: ['prometheus', 'alertmanager'],
  ports: { amp: 9009 },
  inProcess: true,
  address: ({ addresses }) => addresses.ampEndpoint,
  launch: async ({ ports, state }) =>
    inProcess(
      await startAmp({
        port: ports.amp,
        prometheusUrl: state.addresses.prometheus,
        region: state.aws.region,
        accessKeys: { [state.aws.accessKeyId]: state.aws.secretAccessKey },
        workspaceId: state.ampWorkspaceId,
        rulesDir: join(state.stateDir, 'prometheus/rules'),
        alertmanager: tools().alertmanager
          ? {
              url: state.addresses.alertmanager,
              dir: join(state.stateDir, 'alertmanager'),
              sns: { url: state.addresses.aws, accessKey: state.aws.accessKeyId, secretKey: state.aws.secretAccessKey },
            }
          : null,
      }),
    ),
})
