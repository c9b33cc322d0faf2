import { inProcess, partSpec } from '../../platform/part.ts'
import { receiverIds } from '../../platform/seedReceivers.ts'
import { receiverKeys } from './keys.ts'
import { startReceivers } from './receivers.ts'

export const receiversPart = partSpec({
  name: 'receivers',
  after: [],
  ports: { receivers: 9200, smtp: 9225 },
  inProcess: true,
  address: ({ addresses }) => addresses.receivers,
  launch: async ({ ports, state, secrets }) =>
    inProcess(
      await startReceivers({
        port: ports.receivers,
        smtpPort: ports.smtp,
        keys: receiverKeys(secrets),
        pagerDutyWebhookUrl: `${state.addresses.api}/v1/pagerduty/${receiverIds.pagerduty}/webhook`,
      }),
    ),
})
