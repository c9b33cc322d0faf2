// A gateway that loads this first never says that it is ready.
import { Server } from 'node:http'

const { emit } = Server.prototype
Server.prototype.emit = function (event, ...args) {
  const [request, response] = args
  if (event !== 'request' || request.url !== '/ready') return emit.call(this, event, ...args)
  response.writeHead(503).end('a fault of this image\n')
  return true
}
