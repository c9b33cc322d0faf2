import { expect, it } from 'vitest'
import { contentSecurityPolicy, originsOf } from './csp.ts'

const issuer = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example'

it.each([
  ['whose metadata is not known yet', undefined, 'https://cognito-idp.eu-central-1.amazonaws.com'],
  ['that has its sign-out page itself', `${issuer}/logout`, 'https://cognito-idp.eu-central-1.amazonaws.com'],
  [
    'that has its sign-out page elsewhere',
    'https://studio.auth.eu-central-1.amazoncognito.com/logout',
    'https://cognito-idp.eu-central-1.amazonaws.com https://studio.auth.eu-central-1.amazoncognito.com',
  ],
])('the sign-out form may redirect to an issuer %s', (_what, signOutPage, origins) => {
  const directives = contentSecurityPolicy('n', originsOf(issuer, signOutPage)).split('; ')
  expect(directives).toContain(`form-action 'self' ${origins}`)
  expect(directives).toContain("script-src 'self' 'nonce-n' 'strict-dynamic'")
})
