import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { readBody } from './requestBody.ts'

const bytesMax = 10
const chunked = (...chunks: string[]) =>
  Object.assign(Readable.from(chunks.map((c) => Buffer.from(c))), { headers: {} })
const announced = (body: string) =>
  Object.assign(Readable.from([Buffer.from(body)]), { headers: { 'content-length': `${body.length}` } })

it.each([
  ['in one piece', announced('0123456789')],
  ['in pieces', chunked('01234', '56789')],
])('a body of exactly the largest size is read, %s', async (_how, request) => {
  expect(`${await readBody(request, bytesMax)}`).toBe('0123456789')
})

it('a body that is announced as one byte larger is not read at all', async () => {
  const request = announced('0123456789a')
  expect(await readBody(request, bytesMax)).toBeNull()
  expect(request.readableDidRead).toBe(false)
})

it('a body that turns out to be one byte larger is not read further', async () => {
  expect(await readBody(chunked('01234', '56789', 'a'), bytesMax)).toBeNull()
})
