import { expect, it } from 'vitest'
import { mustBePart, partNames, parts } from './registry.ts'

it('each part has a name and ports of its own', () => {
  const ports = parts.flatMap((part) => Object.entries(part.ports))
  for (const values of [partNames, ports.map(([name]) => name), ports.map(([, port]) => port)]) {
    expect(new Set<unknown>(values).size).toBe(values.length)
  }
})

it('an unknown part is answered with the names of the parts', () => {
  expect(() => mustBePart('gateway-1')).not.toThrow()
  expect(() => mustBePart('gateway-99')).toThrow(
    /^There is no part "gateway-99"\. The parts are: postgres, .*gateway-1, .*producers$/,
  )
})
