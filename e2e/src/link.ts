import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way over TCP to another port of this machine, which can be cut and mended. */
export function createLink(port: number, to: number) {
  let server: Server | undefined
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    // Either end may break at any time; the other then learns of it by its own end.
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
