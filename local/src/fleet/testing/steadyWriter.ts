import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeSnappy, remoteWriteHeaders, Scratch, WriteRequestWriter } from '@tickwatch/remote-write'
import type { CertificateFiles } from '../../platform/localState.ts'

/** Writes one sample after another over one connection, as an agent does, and counts what Envoy answers. */
export function startSteadyWriter(url: string, caFile: string, certificate: CertificateFiles) {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: readFileSync(caFile),
    cert: readFileSync(certificate.cert),
    key: readFileSync(certificate.key),
  })
  const statuses = new Map<number, number>()
  let isStopped = false
  const running = (async () => {
    for (let i = 0; !isStopped; i++) {
      const status = await post(`${url}/api/v1/write`, agent, sample(i))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      await sleep(50)
    }
    agent.destroy()
  })()
  return {
    /** @returns how often each status came; 0 is a connection that broke */
    async stop(): Promise<Map<number, number>> {
      isStopped = true
      await running
      return statuses
    },
  }
}

const writer = new WriteRequestWriter()
const packed = new Scratch()

function sample(value: number): Buffer {
  writer.begin()
  writer.beginSeries(['__name__', 'steady'])
  writer.sample(value, Date.now())
  writer.endSeries()
  return Buffer.from(encodeSnappy(writer.finish(), packed))
}

const post = (url: string, agent: Agent, body: Buffer): Promise<number> =>
  new Promise((resolve) => {
    const headers = { ...remoteWriteHeaders[1], 'content-encoding': 'snappy', 'content-length': body.length }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
    sent.once('error', () => resolve(0))
    sent.end(body)
  })
