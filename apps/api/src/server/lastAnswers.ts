import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Hooks for a server that is closing: each answer from then on also closes its connection. A connection that is kept
 * alive would delay the close until its client ends it.
 */
export function lastAnswers() {
  let closing = false
  return {
    async preClose() {
      closing = true
    },
    async onSend(_request: FastifyRequest, reply: FastifyReply) {
      if (closing) reply.header('connection', 'close')
    },
  }
}
