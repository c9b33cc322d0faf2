// A gateway that loads this first fails in one write of ten, before it has read it, and so answers 500.
import { Server } from 'node:http'

const ratio = 0.1
const { emit } = Server.prototype
Server.prototype.emit = function (event, ...args) {
  const [request] = args
  if (event === 'request' && request.url === '/api/v1/write' && Math.random() < ratio) {
    request.on = () => {
      // Once: Node itself still reads the rest of the request.
      Reflect.deleteProperty(request, 'on')
      throw new Error('a fault of this image')
    }
  }
  return emit.call(this, event, ...args)
}
