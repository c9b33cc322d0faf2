import { createMetricsReader, createObjectStore, createParameterStore, createRemoteWriter } from '@tickwatch/aws'
import { pino } from 'pino'
import { readSettings } from './env.ts'
import { startGateway } from './gateway.ts'

const read = readSettings(process.env)
if ('faults' in read) {
  pino({ name: 'gateway' }).fatal({ faults: read.faults }, `the environment is wrong: ${read.faults.join('; ')}`)
  process.exit(1)
}
const { settings } = read
const log = pino({ name: 'gateway', level: settings.logLevel, base: { gateway: settings.gatewayId } })

try {
  const gateway = await startGateway(
    settings,
    {
      parameters: createParameterStore(),
      objects: createObjectStore(),
      upstream: createRemoteWriter(settings.ampEndpoint),
      reader: createMetricsReader(settings.ampEndpoint),
    },
    log,
  )
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    gateway.stop().then(
      () => process.exit(0),
      (cause) => {
        log.fatal({ err: cause }, 'the gateway could not drain')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
} catch (cause) {
  log.fatal({ err: cause }, 'the gateway could not start')
  process.exit(1)
}
