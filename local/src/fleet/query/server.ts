import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fleet } from '../fleet.ts'
import { FleetFault } from '../refresh/fault.ts'
import { autoScaling, type Handler } from './autoScaling.ts'
import { ec2 } from './ec2.ts'
import { unknownParameters } from './known.ts'
import { Parameters } from './parameters.ts'
import { escapeXml, toXml } from './xml.ts'

type Api = {
  handlers: Readonly<Record<string, Handler>>
  answer(action: string, result: ReturnType<Handler>, requestId: string): string
  fault(code: string, message: string, requestId: string): string
}

const autoScalingNamespace = 'http://autoscaling.amazonaws.com/doc/2011-01-01/'

/** By the version in the request, which is how the services differ in the Query protocol. */
const apis: Readonly<Record<string, Api>> = {
  '2011-01-01': {
    handlers: autoScaling,
    answer: (action, result, requestId) =>
      `<${action}Response xmlns="${autoScalingNamespace}">${toXml(`${action}Result`, result, 'member')}` +
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`,
    fault: (code, message, requestId) =>
      `<ErrorResponse xmlns="${autoScalingNamespace}"><Error><Type>Sender</Type><Code>${code}</Code>` +
      `<Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  },
  '2016-11-15': {
    handlers: ec2,
    answer: (action, result, requestId) =>
      toXml(`${action}Response`, { requestId, ...result }, 'item').replace(
        '>',
        ' xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">',
      ),
    fault: (code, message, requestId) =>
      `<Response><Errors><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></Errors>` +
      `<RequestID>${requestId}</RequestID></Response>`,
  },
}

/**
 * Answers the calls of Auto Scaling and EC2 that rollouts make, for clients with `AWS_ENDPOINT_URL_AUTO_SCALING` and
 * `AWS_ENDPOINT_URL_EC2` set to its URL. It does not check signatures.
 * @param port 0 chooses a free port
 */
export async function serveFleet(fleet: Fleet, port: number): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(fleet, request, response).catch((cause: unknown) => response.destroy(cause as Error))
  })
  // As long as a load balancer keeps a connection, so that clients see no race that production does not have.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', listening)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(fleet: Fleet, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray()).toString('utf8')
  const parameters = new Parameters(body)
  const action = parameters.text('Action') ?? ''
  const requestId = randomUUID()
  const api = apis[parameters.text('Version') ?? ''] ?? (apis['2011-01-01'] as Api)
  response.setHeader('content-type', 'text/xml')
  response.setHeader('x-amzn-requestid', requestId)
  try {
    const handler = api.handlers[action]
    if (!handler) throw new FleetFault('InvalidAction', `Could not find operation ${action}`)
    const unknown = unknownParameters(action, parameters.names())
    if (unknown.length > 0) throw new FleetFault('UnsupportedOperation', `${unknown.join(', ')}: not supported here.`)
    response.end(api.answer(action, handler(fleet, parameters), requestId))
  } catch (cause) {
    if (!(cause instanceof FleetFault)) throw cause
    response.writeHead(400).end(api.fault(cause.code, cause.message, requestId))
  }
}
