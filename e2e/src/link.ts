import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A TCP proxy to another port of this machine. Stop it to cut the connection; start it again to restore that. `delay` passes on
 * later what is sent to that port, until it is called with 0.
 */
export function createLink(port: number, to: number) {
  let server: Server | undefined
  const open = new Set<Socket>()
  let delayMs = 0
  const keep = (socket: Socket) => {
    open.add(socket)
    // Either socket may break at any time; the `close` handlers below then end the other.
    socket.on('error', () => {}).once('close', () => open.delete(socket))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    start: () =>
      new Promise<void>((resolve, reject) => {
        server = createServer((near) => {
          const far = connect(to, '127.0.0.1')
          keep(near)
          keep(far)
          far.pipe(near)
          let sent = Promise.resolve()
          near.on('data', (bytes) => {
            const dueMs = performance.now() + delayMs
            // One after the other: bytes that came while there was a delay go before those that came after it.
            sent = sent.then(async () => {
              if (dueMs > performance.now()) await sleep(dueMs - performance.now())
              if (far.writable) far.write(bytes)
            })
          })
          near.once('end', () => sent.then(() => far.end()))
          far.once('close', () => near.destroy())
          near.once('close', () => far.destroy())
        })
        server.once('error', reject).listen(port, '127.0.0.1', resolve)
      }),
    delay: (ms: number) => {
      delayMs = ms
    },
    stop: async () => {
      const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
