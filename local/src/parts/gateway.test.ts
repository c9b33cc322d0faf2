import { expect, it } from 'vitest'
import { fleet } from './gateway.ts'

it('a fleet of one is the canary', () => {
  expect(fleet(1)).toEqual([{ id: 'gateway-1', ring: 'canary', zone: 'us-east-1a', port: 9101 }])
})

it('the first of several gateways is the canary, and each is in the next zone', () => {
  expect(fleet(4)).toEqual([
    { id: 'gateway-1', ring: 'canary', zone: 'us-east-1a', port: 9101 },
    { id: 'gateway-2', ring: 'fleet', zone: 'us-east-1b', port: 9102 },
    { id: 'gateway-3', ring: 'fleet', zone: 'us-east-1c', port: 9103 },
    { id: 'gateway-4', ring: 'fleet', zone: 'us-east-1a', port: 9104 },
  ])
})
