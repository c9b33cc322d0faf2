// The policy bundle of 10,000 tenants: the publisher compiles it, a gateway loads it, and applies a change of one
// tenant. Each case is timed in the same rounds as a naive peer, so that the ratios are valid on any machine.
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { cpus } from 'node:os'
import { gzipSync } from 'node:zlib'
import {
  BundleReader,
  type BundleSource,
  compileBundle,
  type Limits,
  limitDefinitions,
  limitNames,
  type Manifest,
  platformLabelSchema,
  type ReaderToken,
  resolveLimits,
} from '@tickwatch/policy'
import { compilePolicy } from '../apps/gateway/src/policy/policy.ts'
import { openBundle, type Trust } from '../apps/gateway/src/policy/policyTrust.ts'
import { Tenants } from '../apps/gateway/src/tenant/tenants.ts'

const tenantCount = 10_000
/** Tenants that write to this gateway now. */
const liveCount = 1_000
const rounds = 15
const warmUps = 3
const held = { compileMs: 500, loadMs: 500, changeMs: 30 }

/** A linear congruential generator (Numerical Recipes), so that every run has the same tenants. */
let seed = 20_261_123
const random = () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

function someLimits(): Limits {
  const own: Limits = {}
  for (const name of limitNames) {
    const { min, max } = limitDefinitions[name]
    if (random() < 0.5) own[name] = Math.floor(min + random() * (max - min))
  }
  return own
}

/** Half of the tenants have no readers, the others up to three, and a few have the maximum. */
function someReaders(tenant: number): ReaderToken[] {
  const count = random() < 0.5 ? 0 : random() < 0.01 ? 50 : 1 + Math.floor(random() * 3)
  return Array.from({ length: count }, (_, i) => ({
    name: `reader-${i}`,
    sha256: createHash('sha256').update(`${tenant} ${i}`).digest('hex'),
    expiresAt: new Date(1_800_000_000_000 + Math.floor(random() * 3e10)).toISOString(),
  }))
}

const environment = 'bench'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const trust: Trust = {
  environment,
  publicKeys: [createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))],
}

/** Makes the manifest and the bytes as the publisher does, but signs without KMS. */
function publish(json: string, version: number): { manifest: Manifest; gzip: Buffer } {
  const bytes = Buffer.from(json)
  const manifest: Manifest = {
    format: 1,
    version,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    signature: sign('sha256', bytes, privateKey).toString('base64'),
    keyId: 'bench',
    createdAt: new Date(0).toISOString(),
    location: { kind: 's3', bucket: 'bench', key: 'bench' },
  }
  return { manifest, gzip: gzipSync(bytes) }
}

const tenants = Array.from({ length: tenantCount }, (_, i): BundleSource['tenants'][number] => ({
  id: `studio-${i.toString(36)}-${Math.floor(random() * 1e6).toString(36)}`,
  status: random() < 0.02 ? 'suspended' : 'active',
  limits: someLimits(),
  readers: someReaders(i),
}))
const source = (version: number, all: BundleSource['tenants']): BundleSource => ({
  environment,
  version,
  platformDefaults: {},
  tenants: all,
})
const changed = tenants.with(tenantCount / 2, {
  ...(tenants[tenantCount / 2] as (typeof tenants)[number]),
  limits: { 'ingest.samplesPerSecond': 12_345 },
})

/** The peer of compiling: JSON.stringify of the same object, with the tenants in the database's order. */
const naiveCompile = ({ platformDefaults, ...rest }: BundleSource) =>
  JSON.stringify({
    format: 1,
    ...rest,
    defaults: resolveLimits(platformDefaults),
    labelSchema: platformLabelSchema,
    tenants: Object.fromEntries(rest.tenants.map(({ id, ...tenant }) => [id, tenant])),
  })

const first = publish(compileBundle(source(1, tenants)), 1)
const second = publish(compileBundle(source(2, changed)), 2)

function gateway(): Tenants {
  const share = { byTenant: new Map(), defaultShare: 1 }
  return new Tenants(
    share,
    () => {},
    () => {},
  )
}
/** Loads a bundle as PolicyClient does when it has the bytes. */
function load(into: Tenants, { manifest, gzip }: typeof first, reader: BundleReader, previous = into.policy): void {
  into.apply(compilePolicy(openBundle(manifest, gzip, trust, reader), manifest.sha256, previous), performance.now())
}
function loaded(reader: BundleReader): Tenants {
  const running = gateway()
  load(running, first, reader)
  for (const { id } of tenants.slice(0, liveCount)) running.forWrite(id, performance.now())
  return running
}

const bundleReader = new BundleReader()
const bundles = {
  first: openBundle(first.manifest, first.gzip, trust, bundleReader),
  second: openBundle(second.manifest, second.gzip, trust, bundleReader),
}
const firstPolicy = compilePolicy(bundles.first, first.manifest.sha256, null)

const cases: Record<string, () => () => unknown> = {
  compile: () => () => compileBundle(source(1, tenants)),
  compileNaive: () => () => naiveCompile(source(1, tenants)),
  load: () => {
    const empty = gateway()
    return () => load(empty, first, new BundleReader())
  },
  /** The peer of loading: JSON.parse without any check. */
  loadNaive: () => () => JSON.parse(compiledText),
  change: () => {
    const reader = new BundleReader()
    const running = loaded(reader)
    return () => load(running, second, reader)
  },
  /** The peer of applying a change: it compiles all tenants again. */
  changeNaive: () => {
    const running = loaded(new BundleReader())
    return () => load(running, second, new BundleReader(), null)
  },
  recompile: () => () => compilePolicy(bundles.second, second.manifest.sha256, firstPolicy),
  recompileNaive: () => () => compilePolicy(bundles.second, second.manifest.sha256, null),
}
const compiledText = compileBundle(source(1, tenants))

const times: Record<string, number[]> = Object.fromEntries(Object.keys(cases).map((name) => [name, []]))
for (let round = -warmUps; round < rounds; round += 1) {
  // Each round runs all cases, so that a busy machine slows a case as much as its peer.
  for (const [name, prepare] of Object.entries(cases)) {
    const run = prepare()
    const startedAt = performance.now()
    run()
    const took = performance.now() - startedAt
    if (round >= 0) times[name]?.push(took)
  }
}

const quantile = (name: string, q: number) => {
  const sorted = (times[name] as number[]).toSorted((a, b) => a - b)
  return sorted[Math.ceil(q * sorted.length) - 1] as number
}
const figures = (name: string) => ({ medianMs: round(quantile(name, 0.5)), maxMs: round(quantile(name, 1)) })
const ratio = (name: string, peer: string) => round(quantile(name, 0.5) / quantile(peer, 0.5))
function round(value: number): number {
  return Math.round(value * 100) / 100
}

for (const name of Object.keys(cases)) {
  const { medianMs, maxMs } = figures(name)
  console.log(
    `${name.padEnd(16)} median ${medianMs.toFixed(2).padStart(8)} ms   worst ${maxMs.toFixed(2).padStart(8)} ms`,
  )
}
const result = {
  bench: 'bundle',
  tenants: tenantCount,
  readers: tenants.reduce((sum, { readers }) => sum + readers.length, 0),
  bundleBytes: first.manifest.bytes,
  gzipBytes: first.gzip.length,
  rounds,
  compile: { ...figures('compile'), timesJsonStringify: ratio('compile', 'compileNaive') },
  load: { ...figures('load'), timesJsonParse: ratio('load', 'loadNaive') },
  changeOneTenant: { ...figures('change'), timesFullReload: ratio('change', 'changeNaive') },
  recompileOneTenant: { ...figures('recompile'), timesFullCompile: ratio('recompile', 'recompileNaive') },
  held,
  pass:
    quantile('compile', 0.5) <= held.compileMs &&
    quantile('load', 0.5) <= held.loadMs &&
    quantile('change', 0.5) <= held.changeMs,
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
}
console.log(JSON.stringify(result))
if (!result.pass) process.exitCode = 1
