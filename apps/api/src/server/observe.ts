import { type FastifyBaseLogger, LogController } from 'fastify'
import type { Metrics } from '../telemetry/metrics.ts'

/** Machines call these every few seconds, so they are counted but not logged. */
const quiet = new Set(['/healthz', '/readyz', '/metrics', '/v1/gateways/heartbeat', '/v1/gateways/news'])

/** One log line per request instead of Fastify's two. */
export const quietController = () => new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' })

// What both servers' requests have in common; their full types differ by the kind of socket.
type Asked = {
  id: string
  method: string
  routeOptions: { url?: string | undefined }
  log: Pick<FastifyBaseLogger, 'info'>
}
type Answer = { statusCode: number; elapsedTime: number; header(name: string, value: string): unknown }

/** Hooks that give every answer its request id, and log and count it. */
export const observing = (metrics: Metrics) => ({
  onRequest: async (request: Asked, reply: Answer) => {
    reply.header('x-request-id', request.id)
  },
  onResponse: async (request: Asked, reply: Answer) => {
    const route = request.routeOptions.url ?? 'unknown'
    const ms = Math.round(reply.elapsedTime)
    metrics.requestSeconds.observe({ route, method: request.method, code: reply.statusCode }, ms / 1_000)
    if (!quiet.has(route)) request.log.info({ req: request, status: reply.statusCode, ms }, 'answered')
  },
})
