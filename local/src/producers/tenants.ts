import type { RemoteWriteVersion } from '@tickwatch/remote-write'
import { measureEverySeconds } from './fleet.ts'

export type ProducerTenant = {
  tenant: string
  samplesPerSecond: number
  regions: readonly string[]
  version: RemoteWriteVersion
  noisyShard: boolean
}

/** The tenants whose game servers are simulated. */
export const producerTenants: readonly ProducerTenant[] = [
  {
    tenant: 'acme',
    samplesPerSecond: 600,
    regions: ['us-east-1', 'eu-central-1', 'ap-northeast-1'],
    version: 1,
    noisyShard: true,
  },
  { tenant: 'globex', samplesPerSecond: 300, regions: ['us-west-2', 'eu-west-1'], version: 2, noisyShard: false },
  { tenant: 'initech', samplesPerSecond: 100, regions: ['eu-central-1'], version: 1, noisyShard: false },
]

/** The writer whose certificate the simulated game servers present. */
export const producerWriter = 'game'

/**
 * The writers of a region's hosts. In a fleet each host has a certificate of its own: the edge keeps a writer on one gateway, and with
 * a few writers some gateway would have no traffic, so that nobody could judge it. With a host for each turn there are as many
 * requests as with one writer.
 */
export const hostWriters = (region: string): string[] =>
  Array.from({ length: measureEverySeconds }, (_, i) => `${region}-host-${i + 1}`)
