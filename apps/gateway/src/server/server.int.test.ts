import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { answer } from './answers.ts'
import { HttpServer } from './server.ts'

let server: HttpServer
let socket: Socket
let received = ''
let ended: Promise<unknown>
let isOpen = true

beforeEach(async () => {
  server = new HttpServer(() => answer(429, ['later'], { 'retry-after': '7' }), pino({ level: 'silent' }))
  const port = await server.listenTcp('127.0.0.1', 0)
  received = ''
  isOpen = true
  socket = connect(port, '127.0.0.1')
  socket.on('data', (chunk) => {
    received += chunk
  })
  socket.on('error', () => {})
  ended = new Promise((resolve) => socket.once('close', resolve))
})
afterEach(async () => {
  socket.destroy()
  if (isOpen) await server.close()
})

const post = (body: string) => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n${body}`

it('a refused caller that sends its body very slowly is answered after 2 s, and its connection ends', async () => {
  socket.write(post('a'))
  const trickle = setInterval(() => socket.writable && socket.write('a'), 100)
  const startedMs = performance.now()
  await ended
  clearInterval(trickle)
  const tookMs = performance.now() - startedMs
  expect(received).toMatch(/^HTTP\/1.1 429 /)
  expect(received).toMatch(/^retry-after: 7\r$/m)
  expect(received).toMatch(/^connection: close\r$/im)
  expect(tookMs).toBeGreaterThan(1_500)
  expect(tookMs).toBeLessThan(5_000)
})

it('a refused caller that has sent its body keeps its connection', async () => {
  socket.write(post('a'.repeat(500)))
  setTimeout(() => socket.write('a'.repeat(500)), 200)
  await expect.poll(() => received, { timeout: 1_500 }).toContain('later')
  expect(received).not.toMatch(/^connection: close\r$/im)
  received = ''
  socket.write(post('a'.repeat(1_000)))
  await expect.poll(() => received, { timeout: 1_500 }).toContain('later')
})

it('a drain does not wait for half a request longer than its maximum', async () => {
  // Sent together with a whole request: when that is answered, the half has arrived too.
  socket.write(`${post('a'.repeat(1_000))}POST / HTTP/1.1\r\nhost: a\r\ncontent-le`)
  await expect.poll(() => received, { timeout: 1_500 }).toContain('later')
  const startedMs = performance.now()
  isOpen = false
  await server.close(300)
  expect(performance.now() - startedMs).toBeLessThan(10_000)
  await ended
})
