import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileLabelSchema, judgeSeries, platformLabelSchema, resolveLimits } from '@tickwatch/policy'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostDescriptions, startNodeExporter } from './prometheus.ts'

let dir: string
let exporter: Awaited<ReturnType<typeof startNodeExporter>>

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-exporter-'))
  exporter = await startNodeExporter({ dir })
})
afterAll(async () => {
  await exporter.stop()
  await rm(dir, { recursive: true })
})

/** The labels of a line of the text format and the agent's own labels, sorted as remote write requires. */
function labelsOf(line: string): [string, string][] {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? ''
  const own = [...line.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label, value]): [string, string] => [label ?? '', value ?? ''],
  )
  const added: [string, string][] = [
    ['__name__', name],
    ['instance', '127.0.0.1:9100'],
    ['job', 'node'],
    ['region', 'us-east-1'],
  ]
  return [...own, ...added].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1))
}

it("every series of the real node exporter passes the platform's label schema", async () => {
  const text = await (await fetch(`${exporter.url}/metrics`)).text()
  const dropped = new RegExp(`^(?:${hostDescriptions})$`)
  const schema = compileLabelSchema(platformLabelSchema)
  const series = text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map(labelsOf)
    .filter((labels) => !dropped.test(labels.find(([name]) => name === '__name__')?.[1] ?? ''))
  expect(series.length).toBeGreaterThan(100)
  expect(
    series.map((labels) => judgeSeries(schema, resolveLimits({}), 'tickwatch', labels.flat())).filter(Boolean),
  ).toEqual([])
})
