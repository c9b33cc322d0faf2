import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProducer } from './producer.ts'
import { hostWriters, producerTenants, producerWriter } from './tenants.ts'

// Runs the game servers of all simulated tenants in one process, until SIGTERM.

const { PRODUCER_STATE_DIR: stateDir = '', PRODUCER_URL: url = '', PRODUCER_HOSTS: hosts = '' } = process.env
const hasHosts = hosts === 'true'
const pki = join(stateDir, 'pki')
const pathOf = (tenant: string, writer: string) => join(pki, 'writers', `${tenant}-${writer}`)
const paths = producerTenants.flatMap(({ tenant, regions }) =>
  [producerWriter, ...(hasHosts ? regions.flatMap(hostWriters) : [])].map((writer) => pathOf(tenant, writer)),
)
const files = [join(pki, 'ca.pem'), ...paths.flatMap((path) => [`${path}.pem`, `${path}.key`])]
const faults = [
  ...(stateDir === '' ? ['PRODUCER_STATE_DIR is missing: the state folder, such as .tickwatch'] : []),
  ...(URL.canParse(url) && url.startsWith('https://') ? [] : ['PRODUCER_URL must be an https URL']),
  ...(stateDir === '' ? [] : files.filter((file) => !existsSync(file)).map((file) => `${file} is missing`)),
]
if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exit(1)
}

const log = (text: string) => console.log(`${new Date().toISOString()} ${text}`)
const pemOf = (path: string) => ({ cert: readFileSync(`${path}.pem`), key: readFileSync(`${path}.key`) })
const producers = producerTenants.map((tenant) =>
  createProducer({
    ...tenant,
    writer: producerWriter,
    url,
    ca: readFileSync(join(pki, 'ca.pem')),
    ...pemOf(pathOf(tenant.tenant, producerWriter)),
    ...(hasHosts
      ? { hostsOf: (region: string) => hostWriters(region).map((writer) => pemOf(pathOf(tenant.tenant, writer))) }
      : {}),
    onState: (state, why) => log(`${tenant.tenant} ${state} (${why})`),
  }),
)

for (const [i, producer] of producers.entries()) {
  const { tenant, samplesPerSecond } = producerTenants[i] as (typeof producerTenants)[number]
  log(`${tenant} starts: ${producer.servers} game servers, ${samplesPerSecond} samples/s`)
  producer.start()
}

const stop = (signal: NodeJS.Signals) => {
  log(`stops after ${signal}`)
  void Promise.all(producers.map((producer) => producer.stop()))
}
process.once('SIGTERM', stop).once('SIGINT', stop)
