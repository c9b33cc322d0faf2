import { expect, it } from 'vitest'
import { BufferPool } from './bufferPool.ts'

it('a pool reuses a buffer, but does not keep one that a large request has grown', () => {
  const pool = new BufferPool()
  const usual = pool.borrow()
  const large = pool.borrow()
  usual.reserve(1_000_000)
  large.reserve(1_048_577)
  pool.giveBack(usual)
  pool.giveBack(large)
  expect(pool.borrow()).toBe(usual)
  expect(pool.borrow()).not.toBe(large)
})
