import { AwsRefused, AwsUnavailable } from './errors.ts'
import { readBody } from './response.ts'
import { answerBytesMax, openWorkspace, retryOnce } from './workspace.ts'

/** An alert that fires, as AMP's Alertmanager has it. */
export type ActiveAlert = { fingerprint: string; startsAt: string; labels: Record<string, string> }

export type ActiveAlerts = {
  /**
   * All alerts that fire now, also those that are silenced.
   * @throws AwsRefused, AwsUnavailable
   */
  list(): Promise<ActiveAlert[]>
  close(): Promise<void>
}

const path = '/alertmanager/api/v2/alerts'
const withinMs = 10_000

/**
 * @param endpoint the workspace's URL, such as `https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`
 * @throws TypeError if the endpoint is not a URL, or if the region to sign for is unknown.
 */
export function createActiveAlerts(endpoint: string): ActiveAlerts {
  const workspace = openWorkspace(endpoint, { connections: 2, maxResponseSize: answerBytesMax })
  return {
    async list() {
      let status: number
      let text: string
      try {
        const signal = AbortSignal.timeout(withinMs)
        const answer = await retryOnce(() => workspace.request({ method: 'GET', path, signal }))
        status = answer.statusCode
        text = await readBody(answer.body, answerBytesMax)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new AwsUnavailable(`AMP's alerts at ${workspace.host} could not be read: ${why}`, { cause })
      }
      if (status === 429 || status >= 500) throw new AwsUnavailable(`AMP answered for its alerts with ${status}`)
      if (status !== 200) {
        throw new AwsRefused(`AMP refused to list its alerts with ${status}: ${text.slice(0, 500)}`, `${status}`)
      }
      return alertsOf(text)
    },
    close: () => workspace.close(),
  }
}

function alertsOf(text: string): ActiveAlert[] {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw new AwsUnavailable(`AMP answered for its alerts without JSON: ${text.slice(0, 200)}`, { cause })
  }
  if (!Array.isArray(answer)) throw new AwsUnavailable('AMP answered for its alerts without a list')
  return answer as ActiveAlert[]
}
