import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP proxy to another port of this machine. Stop it to cut the connection; start it again to restore that. */
export function createLink(port: number, to: number) {
  let server: Server | undefined
  const open = new Set<Socket>()
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
          near.pipe(far).pipe(near)
          far.once('close', () => near.destroy())
          near.once('close', () => far.destroy())
        })
        server.once('error', reject).listen(port, '127.0.0.1', resolve)
      }),
    stop: async () => {
      const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
