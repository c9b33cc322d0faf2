import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { sourceOf } from '../server/source.ts'

/** Fields that must never be logged, down to the depth of our objects. */
const secrets = ['authorization', 'cookie', 'set-cookie', 'token', 'accessToken', 'refreshToken', 'password', 'secret']
const paths = secrets.flatMap((name) => ['', '*.', '*.*.', '*.*.*.'].map((depth) => `${depth}["${name}"]`))

/** Structured logs, one JSON object per line. Requests are logged without query strings: those contain inputs. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { service: 'api' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    serializers: {
      err: pino.stdSerializers.err,
      req: (req: { method: string; url: string; id: string } & Parameters<typeof sourceOf>[0]) => ({
        method: req.method,
        path: req.url.split('?', 1)[0],
        id: req.id,
        source: sourceOf(req),
      }),
      res: (res: { statusCode: number }) => ({ statusCode: res.statusCode }),
    },
  }
  return destination ? pino(options, destination) : pino(options)
}
