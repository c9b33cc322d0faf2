import { expect, it } from 'vitest'
import { Connections } from './connections.ts'

it('a connection is new once, for as long as it is used', () => {
  const connections = new Connections()
  expect(connections.isNew('1/500')).toBe(true)
  expect(connections.isNew('1/500')).toBe(false)
  // After a restart of Envoy.
  expect(connections.isNew('1/700')).toBe(true)
  for (let i = 0; i < 20_000; i++) {
    connections.isNew(`other ${i}`)
    if (i % 1_000 === 0) expect(connections.isNew('1/500')).toBe(false)
  }
  // That one was not used any more.
  expect(connections.isNew('1/700')).toBe(true)
})
