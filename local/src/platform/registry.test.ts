import { expect, it } from 'vitest'
import { mustBePart, partNames, parts } from './registry.ts'

it('no two parts have the same name or port', () => {
  const ports = parts.flatMap((part) => Object.entries(part.ports))
  for (const values of [partNames, ports.map(([name]) => name), ports.map(([, port]) => port)]) {
    expect(new Set<unknown>(values).size).toBe(values.length)
  }
})

it('the error for an unknown part names all parts', () => {
  expect(() => mustBePart('gateway-1')).not.toThrow()
  expect(() => mustBePart('gateway-99')).toThrow(
    /^There is no part "gateway-99"\. The parts are: postgres, .*gateway-1, .*producers$/,
  )
})
