import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sha256Of, signingRegion } from './requestSigner.ts'

const mebibyte = 1_048_576

it.each([0, 1, mebibyte, mebibyte + 1, 3 * mebibyte])(
  'a body of %i bytes has the same hash in pieces',
  async (bytes) => {
    const body = Buffer.alloc(bytes, 'a piece')
    expect(await sha256Of(body)).toBe(createHash('sha256').update(body).digest('hex'))
  },
)

it('others are served while a large body is hashed', async () => {
  let served = 0
  let isHashing = true
  const serve = () => {
    if (!isHashing) return
    served++
    setImmediate(serve)
  }
  setImmediate(serve)
  await sha256Of(Buffer.alloc(8 * mebibyte))
  isHashing = false
  expect(served).toBeGreaterThanOrEqual(4)
})

describe('signingRegion', () => {
  const region = (endpoint: string, env: Record<string, string>) => signingRegion(new URL(endpoint), env)

  it.each([
    [
      "AWS's host name before the environment",
      'https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/w',
      'eu-west-1',
    ],
    ["AWS's FIPS host name", 'https://aps-workspaces-fips.us-east-2.amazonaws.com/workspaces/w', 'us-east-2'],
    ['the environment for another host', 'http://127.0.0.1:9009/workspaces/w', 'us-east-1'],
  ])('comes from %s', (_case, endpoint, expected) => {
    expect(region(endpoint, { AWS_REGION: 'us-east-1' })).toBe(expected)
  })

  it('falls back to AWS_DEFAULT_REGION', () => {
    expect(region('http://127.0.0.1/w', { AWS_DEFAULT_REGION: 'us-west-2' })).toBe('us-west-2')
  })

  it('names the variable to set if the region is unknown', () => {
    expect(() => region('http://127.0.0.1/w', {})).toThrow('set AWS_REGION')
  })
})
