import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseUnit, requires, startsAfter, unitsOf, wants } from './units.ts'

const rootfs = join(import.meta.dirname, '..', 'rootfs')

/** The order in which each image starts. Of base, edge and bastion it has neither policy nor gateway. */
const base = [
  'network-online.target',
  'tickwatch-identity.service',
  'tickwatch-agents.target',
  'tickwatch-ready.target',
]
const gateway = [
  'network-online.target',
  'tickwatch-identity.service',
  'tickwatch-policy.service',
  'tickwatch-agents.target',
  'tickwatch-gateway.service',
  'tickwatch-gate.service',
  'tickwatch-ready.target',
]

describe.each([
  ['base', base],
  ['edge', base],
  ['bastion', base],
  ['gateway', gateway],
])('the image %s', (role, order) => {
  const units = unitsOf(rootfs, role)
  const names = units.map(({ name }) => name)
  const pairs = order.flatMap((later, i) => order.slice(0, i).map((earlier): [string, string] => [later, earlier]))

  it('has these units', () => {
    expect([...names].sort()).toEqual(order.filter((name) => name.startsWith('tickwatch-')).sort())
  })

  it.each(pairs)('starts %s after %s, whatever takes how long', (later, earlier) => {
    expect(startsAfter(units)(later, earlier)).toBe(true)
    expect(startsAfter(units)(earlier, later)).toBe(false)
  })

  it('is ready only if each step before succeeded', () => {
    const steps = names.filter((name) => name !== 'tickwatch-ready.target')
    expect(steps.filter((name) => !requires(units)('tickwatch-ready.target', name))).toEqual([])
  })

  it('starts all of it at boot', () => {
    expect(wants(units)('multi-user.target', 'tickwatch-ready.target')).toBe(true)
  })
})

it('no unit may start anything that is writable, or as root for longer than a moment', () => {
  const started = unitsOf(rootfs, 'gateway').filter(({ name }) => name.endsWith('.service'))
  for (const { name, directives } of started) {
    const command = directives.get('ExecStart')?.[0] ?? ''
    expect(command, name).toMatch(/^\/(usr|opt)\//)
    const isMoment = directives.get('Type')?.[0] === 'oneshot'
    const user = directives.get('User')?.[0] ?? (directives.has('DynamicUser') ? 'dynamic' : 'root')
    expect(isMoment || user !== 'root', name).toBe(true)
  }
})

it('reads the order from both of its sides, and over units between', () => {
  const units = [
    parseUnit('a', '[Unit]\nAfter=x y\nAfter=z\n'),
    parseUnit('b', '[Unit]\nBefore=x\nRequires=z\n[Install]\nRequiredBy=a\n'),
  ]
  expect(startsAfter(units)('a', 'z')).toBe(true)
  expect(startsAfter(units)('a', 'b')).toBe(true)
  expect(startsAfter(units)('b', 'a')).toBe(false)
  expect(requires(units)('a', 'z')).toBe(true)
  expect(requires(units)('a', 'x')).toBe(false)
})
