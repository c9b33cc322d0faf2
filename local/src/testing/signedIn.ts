import { localPassword } from '../parts/issuer/people.ts'
import { locationOf, type TestBrowser, testBrowser } from './browser.ts'

/** A browser in which this person has signed in to a portal, through the issuer's page. */
export async function signedIn(portalUrl: string, email: string): Promise<TestBrowser> {
  const visit = testBrowser()
  const { csrfToken } = (await (await visit(`${portalUrl}/api/auth/csrf`)).json()) as { csrfToken: string }
  const form = { csrfToken, callbackUrl: portalUrl, json: 'true' }
  const begun = await visit(`${portalUrl}/api/auth/signin/oidc`, { form })
  const authorize = ((await begun.json()) as { url: string }).url
  const page = locationOf(await visit(authorize), authorize).href
  const resumed = locationOf(await visit(page, { form: { email, password: localPassword } }), page).href
  await visit(locationOf(await visit(resumed), resumed).href)
  return visit
}
