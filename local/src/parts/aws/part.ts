import { partSpec } from '../../platform/part.ts'
import { startMiniStack } from './ministack.ts'

export const ministackPart = partSpec({
  name: 'ministack',
  after: [],
  ports: { ministack: 4566 },
  address: ({ addresses }) => addresses.aws,
  launch: ({ dir, ports, logFile }) => startMiniStack({ dir, port: ports.ministack, logFile }),
})
