import type { ServerResponse } from 'node:http'
import type { Configuration, JWK } from 'oidc-provider'
import type { Person } from './people.ts'
import { signOutPage } from './signInPage.ts'
import type { GrantStore } from './store.ts'

/** The issuer's resource for the API, which must be a URI. Its tokens have the audience below. */
const resource = 'urn:tickwatch:api'
const audience = 'tickwatch-api'
const workday = 8 * 3_600
const scopes = ['openid', 'profile', 'email', 'groups', 'offline_access']

export type IssuerClient = { id: string; secret: string; portalUrl: string }

export function configuration(options: {
  port: number
  client: IssuerClient
  people: readonly Person[]
  groupsClaim: string
  accessTokenSeconds: number
  keys: JWK[]
  cookieKey: string
  store: GrantStore
  /** The nonce of the page's own scripts and styles, for its content security policy. */
  nonceOf: (res: ServerResponse) => string
}): Configuration {
  const { client, groupsClaim, accessTokenSeconds } = options
  const person = (email: string | undefined) => options.people.find((each) => each.email === email)
  const claims = (who: Person) => ({
    name: who.name,
    email: who.email,
    email_verified: true,
    [groupsClaim]: [...who.groups],
  })
  const cookie = (name: string) => `tickwatch-issuer-${options.port}-${name}`
  return {
    adapter: options.store.adapter,
    jwks: { keys: options.keys },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${client.portalUrl}/api/auth/callback/oidc`],
        post_logout_redirect_uris: [`${client.portalUrl}/`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    // Cookies ignore ports: with the same names, a second issuer on localhost would sign people out of the first.
    cookies: {
      keys: [options.cookieKey],
      names: { session: cookie('session'), interaction: cookie('interaction'), resume: cookie('resume') },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    scopes,
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: [groupsClaim] },
    // Put the claims of the scopes into the id token too, not only into userinfo.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: {
      AccessToken: accessTokenSeconds,
      IdToken: accessTokenSeconds,
      RefreshToken: workday,
      Session: workday,
      Grant: workday,
      Interaction: 600,
    },
    rotateRefreshToken: true,
    // Also without the scope offline_access, which would ask for consent each time.
    issueRefreshToken: async (_ctx, issuedTo) => issuedTo.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          ctx.body = signOutPage(form, options.nonceOf(ctx.res))
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => resource,
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          scope: 'tickwatch',
          audience,
          accessTokenTTL: accessTokenSeconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: async (_ctx, token) => {
      const who = person('accountId' in token ? token.accountId : undefined)
      return who ? claims(who) : undefined
    },
    findAccount: async (_ctx, id) => {
      const who = person(id)
      return who && { accountId: id, claims: async () => ({ sub: id, ...claims(who) }) }
    },
    // The portal belongs to the company, so people are not asked for consent.
    loadExistingGrant: async (ctx) => {
      const { client: asking, session, provider } = ctx.oidc
      if (!asking || !session?.accountId) return undefined
      const existing = session.grantIdFor(asking.clientId)
      const kept = existing ? await provider.Grant.find(existing) : undefined
      if (kept) return kept
      const grant = new provider.Grant({ clientId: asking.clientId, accountId: session.accountId })
      grant.addOIDCScope(scopes.join(' '))
      grant.addResourceScope(resource, 'tickwatch')
      await grant.save()
      return grant
    },
  }
}
