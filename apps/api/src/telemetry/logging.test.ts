import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { createLogger } from './logging.ts'

it('keeps credentials and inputs out of the log', () => {
  let written = ''
  const logger = createLogger(
    'info',
    new Writable({
      write(chunk, _encoding, done) {
        written += chunk
        done()
      },
    }),
  )
  logger.info({ headers: { authorization: 'Bearer s3cret', cookie: 's3cret' }, token: 's3cret' }, 'a request')
  logger.info({ a: { token: 's3cret', b: { token: 's3cret', c: { token: 's3cret' } } } }, 'deeper')
  logger.info(
    { req: { method: 'GET', url: '/trpc/quota.current?input=s3cret', id: 'r-1', ip: '10.0.0.1', socket: {} } },
    'asked',
  )
  expect(written).not.toContain('s3cret')
  expect(written).toContain('"path":"/trpc/quota.current"')
  expect(written.split('\n')).toHaveLength(4)
})
