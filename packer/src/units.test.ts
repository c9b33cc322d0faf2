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
  'tickwatch-envoy.service',
  'tickwatch-gate.service',
  'tickwatch-ready.target',
]
/** An instance serves without these. */
const renewal = ['tickwatch-renew.service', 'tickwatch-renew.timer']
const agents = ['tickwatch-agent.service', 'tickwatch-node-exporter.service']

describe.each([
  ['base', base, renewal],
  ['edge', base, renewal],
  ['bastion', base, renewal],
  ['gateway', gateway, [...renewal, ...agents]],
])('the image %s', (role, order, others) => {
  const units = unitsOf(rootfs, role)
  const names = units.map(({ name }) => name)
  const pairs = order.flatMap((later, i) => order.slice(0, i).map((earlier): [string, string] => [later, earlier]))

  it('has these units', () => {
    expect([...names].sort()).toEqual([...order.filter((name) => name.startsWith('tickwatch-')), ...others].sort())
  })

  it.each(pairs)('starts %s after %s, whatever takes how long', (later, earlier) => {
    expect(startsAfter(units)(later, earlier)).toBe(true)
    expect(startsAfter(units)(earlier, later)).toBe(false)
  })

  it('is ready only if each step before succeeded, and needs neither agents nor renewal for it', () => {
    const steps = names.filter((name) => name !== 'tickwatch-ready.target')
    expect(steps.filter((name) => !requires(units)('tickwatch-ready.target', name)).sort()).toEqual([...others].sort())
  })

  it('looks for certificates to renew, once it has some', () => {
    expect(wants(units)('timers.target', 'tickwatch-renew.timer')).toBe(true)
    expect(startsAfter(units)('tickwatch-renew.service', 'tickwatch-identity.service')).toBe(true)
  })

  it('starts all of it at boot', () => {
    expect(wants(units)('multi-user.target', 'tickwatch-ready.target')).toBe(true)
  })
})

it('the agents of a gateway start after its policy, before the gateway, and with the instance', () => {
  const units = unitsOf(rootfs, 'gateway')
  for (const agent of agents) {
    expect(startsAfter(units)(agent, 'tickwatch-policy.service'), agent).toBe(true)
    expect(startsAfter(units)('tickwatch-gateway.service', agent), agent).toBe(true)
    expect(wants(units)('tickwatch-agents.target', agent), agent).toBe(true)
  }
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
