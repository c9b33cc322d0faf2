import { expect, it } from 'vitest'
import { envSchema, parseEnv, resourceOf } from './env.ts'

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

it('starts with the defaults if every variable that has one is empty', () => {
  const optional = Object.entries(envSchema.shape).filter(([, variable]) => variable.safeParse(undefined).success)
  expect(optional.length).toBeGreaterThan(3)
  const empty = Object.fromEntries(optional.map(([name]) => [name, '']))
  expect(parseEnv({ ...sound, ...empty, API_URL: '' })).toEqual(parseEnv({ ...sound, API_URL: undefined }))
})

it('sends no resource to an issuer that does not support it', () => {
  expect(resourceOf(parseEnv(sound))).toEqual({ resource: 'urn:tickwatch:api' })
  expect(resourceOf(parseEnv({ ...sound, OIDC_RESOURCE: 'none' }))).toEqual({})
})

it('rejects a URL for readers without TLS, because they send tokens there', () => {
  expect(() => parseEnv({ ...sound, READERS_URL: 'http://metrics.studio.example' })).toThrow(/READERS_URL/)
})

it('keeps the value of a secret out of its message', () => {
  expect(() => parseEnv({ ...sound, NEXTAUTH_SECRET: 'hunter2' })).not.toThrow(/hunter2/)
})
