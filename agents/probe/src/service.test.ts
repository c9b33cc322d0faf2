import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { environment } from './settings.ts'

const root = join(import.meta.dirname, '../../..')
const unit = readFileSync(join(import.meta.dirname, '../tickwatch-probe.service'), 'utf8')
const systemdAnalyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find((path) => existsSync(path))

it('the unit runs the probe with each variable that it requires', () => {
  const script = /^ExecStart=\S+ \/opt\/tickwatch\/(\S+)$/m.exec(unit)?.[1] ?? ''
  expect(existsSync(join(root, script))).toBe(true)
  const given = [
    ...[...unit.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name),
    ...[...(/^# Copy[\s\S]*?\n\[Unit\]/.exec(unit)?.[0] ?? '').matchAll(/PROBE_\w+/g)].map(([name]) => name),
  ]
  const required = Object.entries(environment.shape)
    .filter(([, variable]) => !variable.safeParse(undefined).success)
    .map(([name]) => name)
  expect(given).toEqual(expect.arrayContaining(required))
  for (const name of given) expect(Object.keys(environment.shape).concat('NODE_ENV')).toContain(name)
})

it.skipIf(!systemdAnalyze)('systemd accepts each line of the unit', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-unit-'))
  const file = join(dir, 'tickwatch-probe.service')
  // It also looks whether the program exists.
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath))
  const faults = () => {
    const { status, stderr } = spawnSync(systemdAnalyze ?? '', ['verify', '--man=no', file], { encoding: 'utf8' })
    // It only warns of what it does not know.
    return [...(status === 0 ? [] : [`status ${status}`]), ...stderr.split('\n').filter((line) => line.includes(file))]
  }
  expect(faults()).toEqual([])
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath).replace('ProtectClock', 'ProtectClocks'))
  expect(faults()).toHaveLength(1)
  rmSync(dir, { recursive: true })
})
