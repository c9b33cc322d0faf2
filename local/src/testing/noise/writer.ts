import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { type RemoteWriteVersion, remoteWriteHeaders } from '@tickwatch/remote-write'
import type { CertificateFiles } from '../../platform/localState.ts'
import { writeBody } from './bodies.ts'

/** A request with one sample of one series. */
export const gaugeBody = (name: string, value: number): Buffer =>
  writeBody((into) => {
    into.beginSeries(['__name__', name])
    into.sample(value, Date.now())
    into.endSeries()
  })

/** Sends write requests to Envoy as a writer. @returns their status; it rejects if there is none within 10 s. */
export function writerOf(origin: string, ca: string, { cert, key }: CertificateFiles, connections = 1) {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ca: readFileSync(ca),
    cert: readFileSync(cert),
    key: readFileSync(key),
  })
  const send = (body: Buffer, version: RemoteWriteVersion = 1): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { ...remoteWriteHeaders[version], 'content-encoding': 'snappy', 'content-length': body.length }
      const sent = request(`${origin}/api/v1/write`, { agent, method: 'POST', headers })
      sent.setTimeout(10_000, () => sent.destroy(new Error('no answer in 10 s')))
      sent.once('error', reject)
      sent.once('response', (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
      })
      sent.end(body)
    })
  return { send, close: () => agent.destroy() }
}
