import { expect, it } from 'vitest'
import { mustBePart, partsOf } from './registry.ts'

it('no two parts have the same name or port', () => {
  for (const parts of [true, false].map(partsOf)) {
    const ports = parts.flatMap((part) => Object.entries(part.ports))
    for (const values of [parts.map(({ name }) => name), ports.map(([name]) => name), ports.map(([, port]) => port)]) {
      expect(new Set<unknown>(values).size).toBe(values.length)
    }
  }
})

it('the error for an unknown part names all parts', () => {
  expect(() => mustBePart('gateway-1', false)).not.toThrow()
  expect(() => mustBePart('gateway-99', false)).toThrow(
    /^There is no part "gateway-99"\. The parts are: postgres, .*gateway-1, .*producers$/,
  )
})

it('the gateways are instances of the fleet, or parts, and nothing else differs', () => {
  const named = (hasFleet: boolean) => partsOf(hasFleet).map(({ name }) => name)
  const isGateway = (name: string) => name === 'fleet' || name.startsWith('gateway-')
  expect(named(true).filter(isGateway)).toEqual(['fleet'])
  expect(named(false).filter(isGateway)).toEqual(['gateway-1', 'gateway-2', 'gateway-3'])
  expect(named(true).filter((name) => !isGateway(name))).toEqual(named(false).filter((name) => !isGateway(name)))
  expect(() => mustBePart('gateway-1', true)).toThrow(/^There is no part "gateway-1"\. The parts are: .*fleet, /)
})
