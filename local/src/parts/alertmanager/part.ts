import { inProcess, partSpec } from '../../platform/part.ts'
import { tools } from '../../process/tools.ts'
import { startAlertmanager } from './alertmanager.ts'

export const alertmanagerPart = partSpec({
  name: 'alertmanager',
  after: [],
  ports: { alertmanager: 9093 },
  address: ({ addresses }) => (tools().alertmanager ? addresses.alertmanager : 'missing: alerts open no incidents'),
  launch: async ({ dir, ports, logFile }) =>
    tools().alertmanager
      ? startAlertmanager({ dir, port: ports.alertmanager, logFile })
      : inProcess({ stop: async () => {} }),
})
