import 'server-only'
import pino from 'pino'
import { env } from '../env.ts'

let instance: pino.Logger | undefined
/** The web server's logger. Never log tokens or cookies. */
export function log(): pino.Logger {
  instance ??= pino({ name: 'web', level: env().LOG_LEVEL })
  return instance
}
