import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProducer } from './producer.ts'
import { producerTenants, producerWriter } from './tenants.ts'

// Runs the game servers of all simulated tenants in one process, until SIGTERM.

const { PRODUCER_STATE_DIR: stateDir = '', PRODUCER_URL: url = '' } = process.env
const pki = join(stateDir, 'pki')
const certificates = producerTenants.map(({ tenant }) => join(pki, 'writers', `${tenant}-${producerWriter}`))
const files = [join(pki, 'ca.pem'), ...certificates.flatMap((path) => [`${path}.pem`, `${path}.key`])]
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
const producers = producerTenants.map((tenant, i) =>
  createProducer({
    ...tenant,
    writer: producerWriter,
    url,
    ca: readFileSync(join(pki, 'ca.pem')),
    cert: readFileSync(`${certificates[i]}.pem`),
    key: readFileSync(`${certificates[i]}.key`),
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
