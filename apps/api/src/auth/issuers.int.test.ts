// Tokens of the form that each issuer documents, with the settings of docs/sign-in.md.
import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentedIssuer } from '../../../../local/src/testing/signInDocs.ts'
import { environment } from '../config.ts'
import { startTestIssuer, type TestIssuer } from '../testing/issuer.ts'
import { createTokenVerifier, tokenRules } from './tokens.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await startTestIssuer()
})
afterAll(() => issuer.close())

const settings = environment.pick({
  OIDC_ISSUER: true,
  OIDC_AUDIENCE: true,
  OIDC_AUDIENCE_CLAIM: true,
  OIDC_GROUPS_CLAIM: true,
  OIDC_TRUST_EMAILS: true,
})
/** The documented settings, with the address of the test's issuer. */
const rulesFor = (name: string, env: Record<string, string> = {}) =>
  tokenRules(settings.parse({ ...documentedIssuer(name).api, OIDC_ISSUER: issuer.url, ...env }))
const verify = async (name: string, claims: JWTPayload, typ?: string, env: Record<string, string> = {}) =>
  createTokenVerifier(rulesFor(name, env)).verify(await issuer.token(claims, { typ }))

const keycloak = {
  jti: 'onrtac:0b5b0f5e',
  aud: 'tickwatch-api',
  sub: 'b3a1c0de-0000-4000-8000-000000000001',
  typ: 'Bearer',
  azp: 'tickwatch-portal',
  sid: '5e0f0f5e',
  scope: 'openid profile email',
  email_verified: true,
  name: 'Mara Lindqvist',
  groups: ['acme-admins'],
  preferred_username: 'mara',
  email: 'mara@acme.example',
}
const cognito = {
  aud: undefined,
  sub: 'e3b4a8d2-1111-4111-8111-000000000002',
  'cognito:groups': ['acme-admins'],
  version: 2,
  client_id: 'id-of-the-app-client',
  origin_jti: '1f0f',
  event_id: '2e0e',
  token_use: 'access',
  scope: 'openid profile email',
  auth_time: 1_764_300_000,
  jti: '3d0d',
  username: 'mara',
}
const entra = {
  aud: 'id-of-the-api-registration',
  azp: 'id-of-the-portal-registration',
  azpacr: '1',
  name: 'Mara Lindqvist',
  oid: 'c0ffee00-0000-4000-8000-000000000003',
  preferred_username: 'mara@acme.example',
  email: 'mara@acme.example',
  roles: ['acme-admins'],
  groups: ['0760b6cf-170e-4a14-91b3-4b78e0739963'],
  scp: 'access',
  sub: '3OBtLXUC2ZrN_ADLNjW9X4o0lcd61py7lgHw3Skh77s',
  tid: 'id-of-the-directory',
  uti: '4c0c',
  ver: '2.0',
}
const okta = {
  ver: 1,
  jti: 'AT.5b0b',
  aud: 'tickwatch-api',
  cid: 'id-of-the-application',
  uid: '00u1a2b3',
  scp: ['openid', 'profile', 'email', 'offline_access'],
  auth_time: 1_764_300_000,
  sub: 'mara@acme.example',
  name: 'Mara Lindqvist',
  groups: ['acme-admins'],
}

describe('with the documented settings a person is known by an access token of', () => {
  it.each<[string, object, string | undefined, { name: string; email: string | null }]>([
    ['Keycloak', keycloak, 'JWT', { name: 'Mara Lindqvist', email: 'mara@acme.example' }],
    ['Amazon Cognito', cognito, undefined, { name: cognito.sub, email: null }],
    [
      'Amazon Cognito',
      { ...cognito, name: 'Mara Lindqvist', email: 'mara@acme.example', email_verified: true },
      undefined,
      { name: 'Mara Lindqvist', email: 'mara@acme.example' },
    ],
    ['Microsoft Entra ID', entra, 'JWT', { name: 'Mara Lindqvist', email: null }],
    ['Okta', okta, undefined, { name: 'Mara Lindqvist', email: null }],
  ])('%s', async (name, claims, typ, person) => {
    const { sub: subject } = claims as { sub: string }
    const groups = ['acme-admins']
    expect(await verify(name, claims as JWTPayload, typ)).toMatchObject({ subject, groups, ...person })
  })

  it('Entra ID, with the groups left out of a token because they are too many', async () => {
    const { groups: _, ...others } = entra
    const overage = {
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://graph.microsoft.com/v1.0/users/c0ffee00/getMemberObjects' } },
    }
    const known = (claims: object, env = {}) => verify('Microsoft Entra ID', { ...others, ...claims }, 'JWT', env)
    const byGroups = { OIDC_GROUPS_CLAIM: 'groups' }
    expect(await known(overage, byGroups)).toMatchObject({ groups: [], groupsLeftOut: true })
    // App roles, the documented way, do not have that limit.
    expect(await known(overage)).toMatchObject({ groups: ['acme-admins'], groupsLeftOut: false })
    expect(await known({}, byGroups)).toMatchObject({ groups: [], groupsLeftOut: false })
  })

  it('Okta, also by the address, if the issuer is trusted', async () => {
    const claims = { ...okta, email: 'mara@acme.example' }
    expect((await verify('Okta', claims)).email).toBeNull()
    expect((await verify('Okta', claims, undefined, { OIDC_TRUST_EMAILS: 'true' })).email).toBe('mara@acme.example')
  })
})

describe('with the documented settings a token is refused that is', () => {
  it.each<[string, string, object, 'audience' | 'other']>([
    ['of Keycloak without the audience mapper', 'Keycloak', { ...keycloak, aud: undefined }, 'audience'],
    ['an ID token of Keycloak', 'Keycloak', { ...keycloak, typ: 'ID', aud: 'tickwatch-portal' }, 'audience'],
    ['of another app client of Cognito', 'Amazon Cognito', { ...cognito, client_id: 'another' }, 'audience'],
    [
      'an ID token of Cognito',
      'Amazon Cognito',
      { ...cognito, client_id: undefined, aud: 'id-of-the-app-client', token_use: 'id' },
      'audience',
    ],
    ['an ID token of Cognito that names its client', 'Amazon Cognito', { ...cognito, token_use: 'id' }, 'other'],
    ['of Entra ID for Microsoft Graph', 'Microsoft Entra ID', { ...entra, aud: '00000003-0000' }, 'audience'],
    ['of version 1 of Entra ID', 'Microsoft Entra ID', { ...entra, iss: 'https://sts.windows.net/x/' }, 'other'],
    ['of Okta’s own server', 'Okta', { ...okta, aud: 'https://studio.okta.com' }, 'audience'],
  ])('%s', async (_what, name, claims, why) => {
    await expect(verify(name, claims as JWTPayload)).rejects.toMatchObject({ name: 'TokenRejected', why })
  })
})
