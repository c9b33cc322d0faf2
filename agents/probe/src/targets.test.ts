import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { hasSample } from './envoy.ts'
import { readTargets, Targets } from './targets.ts'

const log = pino({ level: 'silent' })
const told = { tenants: ['acme'], gateways: ['gateway-1'] }

it.each([
  ['both lists', JSON.stringify(told), told],
  ['members of a later version', JSON.stringify({ ...told, later: [1] }), told],
  ['no gateways yet', '{"tenants":["acme"],"gateways":[]}', { tenants: ['acme'], gateways: [] }],
  ['one list', '{"tenants":["acme"]}', null],
  ['something else than ids', '{"tenants":["../acme"],"gateways":["gateway-1"]}', null],
  ['no JSON', 'no', null],
  ['null', 'null', null],
])('an answer with %s', (_what, text, targets) => {
  expect(readTargets(text)).toEqual(targets)
})

it('without the API the last targets are probed, also after a restart', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-targets-'))
  const stateFile = join(dir, 'targets.json')
  // Nobody listens there.
  const settings = { controlPlaneUrl: 'https://127.0.0.1:1', identity: { ca: '', cert: '', key: '' }, stateFile }
  const first = new Targets(settings, log)
  await first.refresh()
  expect(first.current).toBeNull()
  await first.close()
  writeFileSync(stateFile, JSON.stringify(told))
  const second = new Targets(settings, log)
  await second.refresh()
  expect(second.current).toEqual(told)
  expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toEqual(told)
  await second.close()
  rmSync(dir, { recursive: true })
})

it.each([
  ['with the sample', '{"status":"success","data":{"result":[{"value":[1.5,"1800000000.123"]}]}}', true],
  ['with an older sample', '{"status":"success","data":{"result":[{"value":[1.5,"1799999990.123"]}]}}', false],
  ['without a series', '{"status":"success","data":{"result":[]}}', false],
  ['of an error', '{"status":"error"}', false],
  ['cut off', '{"status":"succ', false],
])('an answer %s', (_what, body, found) => {
  expect(hasSample(body, 1_800_000_000.123)).toBe(found)
})
