import { readFileSync } from 'node:fs'
import { createProducer, type Producer } from '@tickwatch/local'
import { platformState } from './platform.ts'

/** Simulated game servers of a tenant, besides those that the platform runs. Each producer needs its own `name`. */
export function producerOf(tenant: string, name: string, samplesPerSecond: number): Producer {
  const { pki, addresses } = platformState()
  const certificate = pki.writers[`${tenant}-game`]
  if (!certificate) throw new Error(`${tenant} has no certificate for its game servers`)
  return createProducer({
    tenant,
    writer: name,
    samplesPerSecond,
    url: `${addresses.writers}/api/v1/write`,
    ca: readFileSync(pki.ca),
    cert: readFileSync(certificate.cert),
    key: readFileSync(certificate.key),
  })
}

type Answer = { metric: Record<string, string>; value: [number, string]; values: [number, string][] }

async function ask(address: string, promql: string): Promise<Answer[]> {
  const url = new URL('/api/v1/query', address)
  url.searchParams.set('query', promql)
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  const body = (await response.json()) as { data?: { result: Answer[] }; error?: string }
  if (!body.data) throw new Error(`${promql}: ${body.error}`)
  return body.data.result
}

/** One stored value, straight from the Prometheus behind the AMP stand-in; null if there is no series. */
export async function stored(promql: string): Promise<number | null> {
  const value = (await ask(platformState().addresses.prometheus, promql))[0]?.value[1]
  return value === undefined ? null : Number(value)
}

/** The times, in seconds, of every stored sample of each series that a range selector such as `up[2m]` finds. */
export async function storedTimes(rangeSelector: string): Promise<number[][]> {
  return (await ask(platformState().addresses.prometheus, rangeSelector)).map(({ values }) => values.map(([t]) => t))
}
