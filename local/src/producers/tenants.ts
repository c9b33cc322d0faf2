import type { RemoteWriteVersion } from '@tickwatch/remote-write'

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
