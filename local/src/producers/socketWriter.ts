import { type ClientRequest, request } from 'node:http'
import { idDefaults, peerSpiffeId } from '@tickwatch/policy'
import { encodeSnappy, remoteWriteHeaders, Scratch, WriteRequestWriter } from '@tickwatch/remote-write'

const writer = new WriteRequestWriter()
const packed = new Scratch()

/**
 * Writes `samples` gauges of a tenant directly to a gateway's Unix socket, without Envoy, so that a test can choose the
 * gateway.
 * @returns the gateway's status.
 */
export function writeToGateway(socketPath: string, tenant: string, samples: number): Promise<number> {
  const nowMs = Date.now()
  writer.begin()
  for (let i = 0; i < samples; i++) {
    writer.beginSeries(['__name__', 'game_players', 'job', 'shares', 'shard_id', String(i)])
    writer.sample(i, nowMs)
    writer.endSeries()
  }
  const body = Buffer.from(encodeSnappy(writer.finish(), packed))
  const identity = `URI=${peerSpiffeId(idDefaults.trustDomain, tenant, 'writer', 'shares')}`
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(
      {
        socketPath,
        path: '/api/v1/write',
        method: 'POST',
        headers: {
          ...remoteWriteHeaders[1],
          'content-encoding': 'snappy',
          'content-length': body.length,
          'x-forwarded-client-cert': identity,
        },
      },
      (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}
