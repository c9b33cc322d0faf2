import { describe, expect, it } from 'vitest'
import { signingRegion } from './requestSigner.ts'

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
