import { EnvironmentError } from '@tickwatch/policy'
import { pino } from 'pino'
import { Probe } from './probe.ts'
import { startServer } from './server.ts'
import { readSettings, type Settings } from './settings.ts'

// The probe as a service: it exports what it measures on /metrics.

const settings = settingsOrExit()
const log = pino({ name: 'probe', level: settings.logLevel })

try {
  const probe = new Probe(settings, log)
  const server = await startServer(settings.httpHost, settings.httpPort, probe.metrics, () => probe.isReady)
  log.info({ port: server.port }, 'the probe listens')
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'stopping')
    // What is under way says nothing any more.
    void server.stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop).once('SIGINT', stop)
  await probe.run()
} catch (cause) {
  log.fatal({ err: cause }, 'the probe could not start')
  process.exit(1)
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    pino({ name: 'probe' }).fatal({ faults: error.faults }, error.message)
    process.exit(1)
  }
}
