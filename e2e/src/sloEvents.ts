import { sampleSeries, snappyLiteral, writeRequest } from '../../local/src/parts/amp/ampTestRequest.ts'
import { platformState } from './platform.ts'

/** One step of an SLO, or of one of its groups. */
export type SloStep = { slo: string; labels?: Record<string, string>; bad: number; total: number }

const ours = { tenant: 'tickwatch' }

/**
 * Writes what the rules of SLOs would have counted in the last minutes, into the platform's Prometheus. It takes samples of
 * new series up to an hour old.
 * @param step of each minute, by its age
 */
export async function writeSloEvents(minutes: number, step: (minutesAgo: number) => SloStep[]): Promise<void> {
  const now = Date.now()
  const series: Uint8Array[] = []
  for (let ago = minutes; ago >= 0; ago--) {
    for (const { slo, labels = {}, bad, total } of step(ago)) {
      const put = (event: string, value: number) =>
        series.push(
          sampleSeries({ __name__: 'slo:events:step', ...ours, slo, event, ...labels }, value, now - ago * 60_000),
        )
      put('bad', bad)
      put('total', total)
    }
  }
  await send(series)
}

/** Writes that a page fires for a group since some minutes, and for some minutes more. */
export async function writeSloPage(slo: string, labels: Record<string, string>, sinceMinutes: number): Promise<void> {
  const now = Date.now()
  const alert = { ...ours, alertname: 'SloBurnPage', severity: 'page', slo, ...labels }
  const series: Uint8Array[] = []
  for (let ago = sinceMinutes; ago >= 0; ago -= 0.5) {
    const at = now - ago * 60_000
    series.push(sampleSeries({ __name__: 'ALERTS', alertstate: 'firing', ...alert }, 1, at))
    series.push(sampleSeries({ __name__: 'ALERTS_FOR_STATE', ...alert }, (now - sinceMinutes * 60_000) / 1_000, at))
  }
  await send(series)
}

async function send(series: Uint8Array[]): Promise<void> {
  const body = Buffer.from(snappyLiteral(writeRequest(...series)))
  const response = await fetch(`${platformState().addresses.prometheus}/api/v1/write`, { method: 'POST', body })
  if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${await response.text()}`)
}
