import type { Gateway } from '@tickwatch/db'
import { expect, it } from 'vitest'
import { toAskAbout } from './gateway.rules.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const ago = (ms: number) => new Date(now - ms)
const instance = 'i-0123456789abcdef0'
const away: Partial<Gateway> = { gatewayId: instance, ring: 'fleet', zone: 'eu-west-1a', heartbeatAt: ago(4_000) }
const live = { heartbeatAt: ago(500) }
const target = { region: 'eu-west-1', zones: ['eu-west-1a', 'eu-west-1b'], ring: 'fleet' }
const canaries = { ...target, zones: ['eu-west-1c'], ring: 'canary' }
const asks = (changes: Partial<Gateway>, targets = [canaries, target], processSince = ago(9e6)) => {
  const facts = { leftAt: null, lostAt: null, endedAt: null, ...away, ...changes } as Gateway
  const asked = toAskAbout([facts], targets, processSince, now)
  return [...asked].flatMap(([region, gateways]) => gateways.map(({ gatewayId }) => `${gatewayId} in ${region}`))
}

it.each<[string, boolean, Partial<Gateway>]>([
  ['sent no heartbeat for 3 s', true, {}],
  ['is in the other zone of the group', true, { zone: 'eu-west-1b' }],
  ['has an id of EC2’s older form', true, { gatewayId: 'i-01234567' }],
  ['lost its connection a moment ago', true, { ...live, lostAt: ago(100) }],
  ['reports', false, live],
  ['drained', false, { leftAt: ago(4_000) }],
  ['ended, as Auto Scaling said before', false, { endedAt: ago(1_000) }],
  ['is silent for an hour, so that no list has it', false, { heartbeatAt: ago(3_600_000) }],
  ['has an id that EC2 does not give', false, { gatewayId: 'gateway-1' }],
  ['has a name that only begins as an instance’s', false, { gatewayId: 'i-0123456789abcdef0-1' }],
  ['is in a zone of no group', false, { zone: 'eu-west-1c' }],
  ['is in a ring of no group', false, { ring: 'early' }],
])('about a gateway that %s Auto Scaling is asked: %s', (_case, isAsked, changes) => {
  const { gatewayId } = { ...away, ...changes }
  expect(asks(changes)).toEqual(isAsked ? [`${gatewayId} in eu-west-1`] : [])
})

it('nobody asks if the deployment names no group', () => expect(asks({}, [])).toEqual([]))

it('nobody asks about a gateway that could not report yet to an API that restarted', () => {
  expect(asks({ heartbeatAt: ago(60_000) }, [target], ago(14_000))).toEqual([])
  expect(asks({ heartbeatAt: ago(60_000) }, [target], ago(16_000))).toHaveLength(1)
})
