import { expect, it } from 'vitest'
import { parseEnv } from './env.ts'

const sound = {
  NEXTAUTH_URL: 'http://localhost:3000',
  NEXTAUTH_SECRET: 'x'.repeat(32),
  OIDC_ISSUER: 'http://localhost:3100',
  OIDC_CLIENT_ID: 'portal-web',
  OIDC_CLIENT_SECRET: 'secret',
  API_URL: 'http://127.0.0.1:4000/trpc',
  READERS_URL: 'https://metrics.studio.example',
}

it('starts with a complete environment', () => {
  expect(parseEnv(sound).OIDC_SCOPES).toBe('openid profile email groups tickwatch')
})

it('names every variable that is missing or wrong at once', () => {
  const wrong = () => parseEnv({ ...sound, NEXTAUTH_SECRET: 'short', API_URL: 'no url', OIDC_CLIENT_ID: undefined })
  expect(wrong).toThrow(/NEXTAUTH_SECRET[\s\S]*OIDC_CLIENT_ID[\s\S]*API_URL/)
})

it('sends no resource to an issuer that does not support it', () => {
  expect(parseEnv(sound).OIDC_RESOURCE).toBe('urn:tickwatch:api')
  expect(parseEnv({ ...sound, OIDC_RESOURCE: '' }).OIDC_RESOURCE).toBe('')
})

it('rejects a URL for readers without TLS, because they send tokens there', () => {
  expect(() => parseEnv({ ...sound, READERS_URL: 'http://metrics.studio.example' })).toThrow(/READERS_URL/)
})

it('keeps the value of a secret out of its message', () => {
  expect(() => parseEnv({ ...sound, NEXTAUTH_SECRET: 'hunter2' })).not.toThrow(/hunter2/)
})
