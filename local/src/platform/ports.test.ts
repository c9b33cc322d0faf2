import { expect, it } from 'vitest'
import { portsAt } from './ports.ts'

it('an offset moves every port alike', () => {
  expect(portsAt(0)).toMatchObject({ web: 3000, postgres: 54329 })
  expect(portsAt(10_000)).toMatchObject({ web: 13_000, postgres: 64_329 })
})

it.each([-1, 1.5, Number.NaN, 11_207])('%s is no offset', (offset) => {
  expect(() => portsAt(offset)).toThrow('TICKWATCH_PORT_OFFSET must be a whole number from 0 to 11206')
})

it('an offset that moves a port to where browsers do not go is refused by name', () => {
  expect(() => portsAt(3_000)).toThrow('moves web to 6000, a port that browsers block')
})
