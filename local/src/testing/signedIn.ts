import { localPassword } from '../parts/issuer/people.ts'
import { locationOf, type TestBrowser, testBrowser } from './browser.ts'

/**
 * Fills in the sign-in pages of an issuer. @param authorize where the portal sent the person
 * @returns where the issuer sent them back
 */
export type SignInPages = (visit: TestBrowser, authorize: string) => Promise<string>

const localPages =
  (email: string): SignInPages =>
  async (visit, authorize) => {
    const page = locationOf(await visit(authorize), authorize).href
    const resumed = locationOf(await visit(page, { form: { email, password: localPassword } }), page).href
    return locationOf(await visit(resumed), resumed).href
  }

/** A browser in which this person has signed in to a portal, through the pages of the local issuer. */
export const signedIn = (portalUrl: string, email: string) => signedInThrough(portalUrl, localPages(email))

/** The same through other pages. @param visit a browser that may already have a session at the issuer */
export async function signedInThrough(
  portalUrl: string,
  pages: SignInPages,
  visit: TestBrowser = testBrowser(),
): Promise<TestBrowser> {
  const { csrfToken } = (await (await visit(`${portalUrl}/api/auth/csrf`)).json()) as { csrfToken: string }
  const form = { csrfToken, callbackUrl: portalUrl, json: 'true' }
  const begun = await visit(`${portalUrl}/api/auth/signin/oidc`, { form })
  const authorize = ((await begun.json()) as { url: string }).url
  await visit(await pages(visit, authorize))
  return visit
}
