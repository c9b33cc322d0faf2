import 'server-only'
import pino from 'pino'
import { env } from '../env.ts'

let instance: pino.Logger | undefined
/** The web server's logger. Tokens and cookies are never handed to it. */
export function log(): pino.Logger {
  instance ??= pino({ name: 'web', level: env().LOG_LEVEL })
  return instance
}
