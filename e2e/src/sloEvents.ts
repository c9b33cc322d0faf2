import { sampleSeries, snappyLiteral, writeRequest } from '../../local/src/parts/amp/ampTestRequest.ts'
import { platformState } from './platform.ts'

/** One step of an SLO, or of one of its groups; `why` has the bad events by what the metric says. */
export type SloStep = {
  slo: string
  labels?: Record<string, string>
  bad: number
  total: number
  why?: Record<string, number>
}

const ours = { tenant: 'tickwatch' }

/** How often the rules of the local platform count, in seconds. */
const stepSeconds = 10
/** So that the newest step has events while a test runs. */
const aheadMinutes = 5

/**
 * Writes what the rules of SLOs would have counted in the last minutes, and will in the next, into the platform's Prometheus.
 * It takes samples of new series up to an hour old, so no rule may write them.
 * @param step by its age; that of future ones is negative
 */
export async function writeSloEvents(minutes: number, step: (minutesAgo: number) => SloStep[]): Promise<void> {
  const now = Date.now()
  const series: Uint8Array[] = []
  for (let ago = minutes * 60; ago >= -aheadMinutes * 60; ago -= stepSeconds) {
    for (const { slo, labels = {}, bad, total, why = {} } of step(ago / 60)) {
      const put = (event: string, value: number) =>
        series.push(
          sampleSeries({ __name__: 'slo:events:step', ...ours, slo, event, ...labels }, value, now - ago * 1_000),
        )
      put('bad', bad)
      put('total', total)
      for (const [reason, count] of Object.entries(why)) put(`bad:${reason}`, count)
    }
  }
  await send(series)
}

async function send(series: Uint8Array[]): Promise<void> {
  const body = Buffer.from(snappyLiteral(writeRequest(...series)))
  const response = await fetch(`${platformState().addresses.prometheus}/api/v1/write`, { method: 'POST', body })
  if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${await response.text()}`)
}
