import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { platformState } from './platform.ts'

/** Prometheus's answer to a query. */
export type QueryAnswer = {
  status: number
  error?: string
  data?: { result: { metric: Record<string, string>; value: [number, string] }[] }
}

/** Queries through Envoy with the certificate of the tenant's dashboards; without one if `tenant` is null. */
export const query = (tenant: string | null, promql: string) => ask(tenant, 'query', { query: promql })

/** The last minutes of a query, every 15 s. */
export const queryMinutes = (tenant: string, promql: string, minutes: number) => {
  const end = Date.now() / 1_000
  return ask(tenant, 'query_range', { query: promql, start: `${end - minutes * 60}`, end: `${end}`, step: '15' })
}

function ask(tenant: string | null, path: string, parameters: Record<string, string>): Promise<QueryAnswer> {
  const { addresses, pki } = platformState()
  const certificate = tenant === null ? null : pki.readers[`${tenant}-grafana`]
  const url = new URL(`/api/v1/${path}?${new URLSearchParams(parameters)}`, addresses.readers)
  return new Promise((resolve, reject) => {
    const call = request(url, {
      ca: readFileSync(pki.ca),
      ...(certificate ? { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) } : {}),
      timeout: 10_000,
    })
    call.once('error', reject)
    call.once('timeout', () => call.destroy(new Error('no answer in 10 s')))
    call.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ ...JSON.parse(Buffer.concat(chunks).toString()), status: response.statusCode ?? 0 }),
      )
    })
    call.end()
  })
}
