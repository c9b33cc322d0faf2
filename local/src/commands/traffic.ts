import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readLocalState, stateDirOf } from '../platform/localState.ts'
import { createProducer } from '../producers/producer.ts'
import { producerTenants, producerWriter } from '../producers/tenants.ts'

// `npm run traffic -- --tenant acme --times 5` raises one tenant's traffic on the local platform until Ctrl-C.

const usage = `Usage: npm run traffic -- --tenant ${producerTenants.map(({ tenant }) => tenant).join('|')} --times 2…20 [--seconds 1…3600]`
/** `--times 3` adds twice the tenant's usual series. acme reaches its limit of 20,000 at 7. */
const timesMax = 20
const secondsMax = 3_600

function refuse(why: string): never {
  console.error(`${why}\n${usage}`)
  process.exit(2)
}

function options() {
  try {
    return parseArgs({
      options: { tenant: { type: 'string' }, times: { type: 'string' }, seconds: { type: 'string' } },
    }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const { tenant: tenantName, times: timesText = '5', seconds: secondsText } = options()
const tenant = producerTenants.find((each) => each.tenant === tenantName) ?? refuse('Name one of the tenants.')
const times = Number(timesText)
if (!(times > 1 && times <= timesMax)) refuse(`--times must be more than 1 and at most ${timesMax}.`)
const seconds = secondsText === undefined ? Number.POSITIVE_INFINITY : Number(secondsText)
if (!(seconds >= 1 && (secondsText === undefined || seconds <= secondsMax))) {
  refuse(`--seconds must be from 1 to ${secondsMax}.`)
}

const local = readLocalState(stateDirOf())
if (local?.phase !== 'ready') refuse('The local platform is not running. Start it with `npm start`.')
const certificate = local.pki.writers[`${tenant.tenant}-${producerWriter}`] ?? refuse('The tenant has no certificate.')
const url = new URL('/api/v1/write', local.addresses.writers)
if (!['localhost', '127.0.0.1'].includes(url.hostname)) refuse(`${url.hostname} is not this machine.`)

const producer = createProducer({
  ...tenant,
  writer: 'traffic',
  samplesPerSecond: tenant.samplesPerSecond * (times - 1),
  noisyShard: false,
  url: url.href,
  ca: readFileSync(local.pki.ca),
  cert: readFileSync(certificate.cert),
  key: readFileSync(certificate.key),
  onState: (state, why) => state === 'failing' && console.log(`failing: ${why}`),
})

const extra = Math.round(tenant.samplesPerSecond * (times - 1))
console.log(
  `${tenant.tenant} × ${times}: ${extra} samples/s more than its usual ${tenant.samplesPerSecond}. Stop with Ctrl-C.`,
)
let before = { ...producer.stats }
const report = setInterval(() => {
  const now = { ...producer.stats }
  const refused = now.refused429 - before.refused429
  const retryAfter = refused > 0 ? `, Retry-After ${now.lastRetryAfterSeconds ?? 'absent'} s` : ''
  const given = now.dropped - before.dropped > 0 ? `, ${now.dropped - before.dropped} samples dropped` : ''
  console.log(
    `${new Date().toISOString().slice(11, 19)} accepted ${now.accepted - before.accepted} samples, ` +
      `refused ${refused} requests (${now.refusedSamples - before.refusedSamples} samples)${retryAfter}${given}`,
  )
  before = now
}, 1_000)
const end = Number.isFinite(seconds) ? setTimeout(() => void stop(), seconds * 1_000) : undefined
let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  clearInterval(report)
  clearTimeout(end)
  await producer.stop()
  const { accepted, refused429, dropped } = producer.stats
  console.log(`Total: ${accepted} samples accepted, ${refused429} requests refused, ${dropped} samples dropped.`)
}
process.once('SIGINT', () => void stop()).once('SIGTERM', () => void stop())
producer.start()
