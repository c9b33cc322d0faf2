import { createMetricsReader, createObjectStore, createParameterStore, createRemoteWriter } from '@tickwatch/aws'
import { EnvironmentError } from '@tickwatch/policy'
import { pino } from 'pino'
import { readSettings, type Settings } from './env.ts'
import { startGateway } from './gateway.ts'

const settings = settingsOrExit()
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

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    pino({ name: 'gateway' }).fatal({ faults: error.faults }, error.message)
    process.exit(1)
  }
}
