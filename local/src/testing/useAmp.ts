import { afterAll, beforeAll, vi } from 'vitest'
import { type Amp, startAmp } from '../parts/amp/amp.ts'
import { type RawSeries, writeSamples } from './rawSamples.ts'
import { usePrometheus } from './usePrometheus.ts'

const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'

/** Starts Prometheus behind the AMP stand-in before the tests of a file, which reach it as they would reach AMP. */
export function useAmp() {
  const prometheus = usePrometheus()
  let amp: Amp | undefined
  const store = {
    prometheus,
    /** The workspace's URL. Set before the tests. */
    endpoint: '',
    /** Straight into Prometheus, which also accepts what is older than AMP accepts, if the oldest is first. */
    write: (series: readonly RawSeries[]) => writeSamples(prometheus.url, series),
  }
  beforeAll(async () => {
    const { url: prometheusUrl, rulesDir } = prometheus
    const options = { port: 0, prometheusUrl, region: 'us-east-1', workspaceId, rulesDir }
    amp = await startAmp({ ...options, accessKeys: { AKID: 'secret' } })
    store.endpoint = `${amp.url}/workspaces/${workspaceId}`
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
  })
  afterAll(async () => {
    await amp?.stop()
    vi.unstubAllEnvs()
  })
  return store
}
