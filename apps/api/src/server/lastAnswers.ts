import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Hooks of a server: once it closes, each answer that is under way ends its connection. Kept alive, the connection
 * would hold up the close until its client lets go of it.
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
