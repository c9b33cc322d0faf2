import { expect, it } from 'vitest'
import { portsAt } from './ports.ts'

it('an offset moves every port by the same number', () => {
  expect(portsAt(0)).toMatchObject({ web: 3000, postgres: 54329 })
  expect(portsAt(10_000)).toMatchObject({ web: 13_000, postgres: 64_329 })
})

it.each([-1, 1.5, Number.NaN, 11_207])('%s is not a valid offset', (offset) => {
  expect(() => portsAt(offset)).toThrow('TICKWATCH_PORT_OFFSET must be a whole number from 0 to 11206')
})

it('an offset that moves a port to one that browsers block is rejected with the name of the port', () => {
  expect(() => portsAt(3_000)).toThrow('moves web to 6000, a port that browsers block')
})
