// How long a gateway's thread serves nobody else: the longest slice of the requests that cost most, which are those of
// `npm run test:neighbours`, and of an ordinary one. Each slice counts with the lower quartile of its times, so that other
// processes and the garbage collector count little. What comes once, such as a column that grows, comes in every round.
import { cpus } from 'node:os'
import { compileLabelSchema, platformLabelSchema, resolveLimits } from '@tickwatch/policy'
import { parseQuerySliced, pinLabelSliced } from '@tickwatch/promql'
import { decompressedBytes, Scratch, type Sliced } from '@tickwatch/remote-write'
import { Tenant } from '../apps/gateway/src/tenant/tenant.ts'
import { Ingest } from '../apps/gateway/src/write/ingest.ts'
import { type CostlyBody, costlyBodies, costlyPromql, writeBody } from '../local/src/testing/noise/bodies.ts'

const rounds = 15
const warmUps = 10
const held = { longestMs: 3 }
const mebibyte = 1_048_576

const ordinary: CostlyBody = {
  version: 1,
  varies: false,
  make: () =>
    writeBody((into) => {
      for (let i = 0; i < 10_000; i++) {
        const labels = {
          __name__: 'game_ticks_total',
          instance: `host-${i}`,
          job: 'game',
          region: 'eu',
          shard_id: `${i}`,
        }
        into.beginSeries(Object.entries(labels).flat())
        into.sample(i, Date.now())
        into.endSeries()
      }
    }),
}

/** Of the noisy tenant of that test. */
const limits = { 'ingest.burstSamples': 10_000 }

function newTenant(): Tenant {
  const source = { status: 'active', limits } as const
  const schema = compileLabelSchema(platformLabelSchema)
  const policy = { source, status: source.status, limits: resolveLimits(limits), schema, readers: [] }
  return new Tenant('acme', policy, { samples: 1, requests: 1, series: 1, queries: 1 }, 1, () => {}, 0)
}

/** What a gateway does with a write, except for waiting and answering. */
function* write(ingest: Ingest, tenant: Tenant, body: Buffer, { version }: CostlyBody): Sliced<void> {
  const { limits } = tenant.policy
  const burstSamples = limits['ingest.burstSamples']
  const { tokens } = yield* ingest.read(body, version, limits['ingest.requestBytesMax'], burstSamples)
  if (tokens > burstSamples) return yield* ingest.countRefused(tenant, 'burst', 0)
  const kept = yield* ingest.keep(tenant, 0, Date.now())
  if (!kept.empty) yield* ingest.pack(new Scratch())
}

function* query(): Sliced<void> {
  yield* pinLabelSliced(yield* parseQuerySliced(costlyPromql), 'tenant', 'acme')
}

const known = newTenant()
const cases = new Map<string, { bytes: number; work: () => Sliced<void> }>([
  ['PromQL of 16 KB', { bytes: costlyPromql.length, work: query }],
])
for (const [name, kind] of Object.entries({ 'ordinary, new series': ordinary, ...costlyBodies })) {
  const body = kind.make(0)
  const ingest = new Ingest()
  cases.set(name, { bytes: decompressedBytes(body), work: () => write(ingest, newTenant(), body, kind) })
}
{
  const body = ordinary.make(0)
  const ingest = new Ingest()
  cases.set('ordinary', { bytes: decompressedBytes(body), work: () => write(ingest, known, body, ordinary) })
}

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] as number
const times = new Map<string, number[][]>()
for (let round = -warmUps; round < rounds; round++) {
  // Each round runs all cases, so that a busy machine slows them alike.
  for (const [name, { work }] of cases) {
    const sliced = work()
    const slices = times.get(name) ?? []
    times.set(name, slices)
    for (let i = 0; ; i++) {
      const startedAt = performance.now()
      const { done } = sliced.next()
      const tookMs = performance.now() - startedAt
      if (round >= 0) slices[i] = [...(slices[i] ?? []), tookMs]
      if (done) break
    }
  }
}

const rounded = (value: number) => Math.round(value * 100) / 100
const figures = [...cases].map(([name, { bytes }]) => {
  const slices = (times.get(name) ?? []).map((each) => quantile(each, 0.25))
  const ms = slices.reduce((sum, each) => sum + each, 0)
  return {
    name,
    bytes,
    slices: slices.length,
    ms: rounded(ms),
    msPerMebibyte: rounded((ms * mebibyte) / bytes),
    medianSliceMs: rounded(quantile(slices, 0.5)),
    longestSliceMs: rounded(Math.max(...slices)),
  }
})
for (const { name, bytes, slices, ms, medianSliceMs, longestSliceMs } of figures) {
  const mebibytes = (bytes / mebibyte).toFixed(2)
  console.log(
    `${name.padEnd(50)} ${mebibytes.padStart(5)} MiB  ${String(ms).padStart(7)} ms in ${String(slices).padStart(4)} slices, median ${medianSliceMs} ms, longest ${longestSliceMs} ms`,
  )
}
const longestMs = Math.max(...figures.map(({ longestSliceMs }) => longestSliceMs))
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
console.log(JSON.stringify({ bench: 'slices', rounds, figures, held, pass: longestMs <= held.longestMs, machine }))
if (longestMs > held.longestMs) process.exitCode = 1
