import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'

export type CertificateFiles = { cert: string; key: string }
export type MachineAnswer = { status: number; contentType: string; requestId: string; body: unknown }

/** A client of the machine port, with or without a client certificate. */
export function createMachineClient(baseUrl: string, caFile: string, certificate?: CertificateFiles) {
  const own = certificate ? { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) } : {}
  const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true, ...own })
  return {
    close: () => agent.destroy(),
    send: (method: string, path: string, body?: unknown): Promise<MachineAnswer> =>
      new Promise((resolve, reject) => {
        const headers = body === undefined ? {} : { 'content-type': 'application/json' }
        const sent = request(
          new URL(path, baseUrl),
          { method, agent, headers, servername: 'localhost' },
          (response) => {
            let text = ''
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk
            })
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                contentType: response.headers['content-type'] ?? '',
                requestId: `${response.headers['x-request-id'] ?? ''}`,
                body: text === '' ? null : JSON.parse(text),
              }),
            )
          },
        )
        sent.on('error', reject)
        sent.end(body === undefined ? undefined : JSON.stringify(body))
      }),
  }
}
export type MachineClient = ReturnType<typeof createMachineClient>
