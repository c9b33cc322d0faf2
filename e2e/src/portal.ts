import {
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'
import { signedIn } from '@tickwatch/local'
import { platformState, portalUrl } from './platform.ts'

export const people = {
  acmeAdmin: 'admin@acme.example',
  acmeViewer: 'viewer@acme.example',
  globexAdmin: 'admin@globex.example',
  platform1: 'platform-1@tickwatch.example',
  platform2: 'platform-2@tickwatch.example',
  auditor: 'auditor@tickwatch.example',
  guest: 'guest@tickwatch.example',
  longName: 'long-name@tickwatch.example',
} as const
/** Markup, text from right to left, and a word that is longer than a line. */
export const longName = `<b>ليلى</b> الحسن ${'N'.repeat(150)}`
export type PersonKey = keyof typeof people

/** Opens a page as a person who is not signed in yet, and signs in on the issuer's page. */
export async function signInByHand(page: Page, person: PersonKey, path = '/'): Promise<void> {
  await page.goto(path)
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.getByLabel('Email').fill(people[person])
  await page.getByLabel('Password').fill(platformState().password)
  await page.getByRole('button', { name: /sign in/i }).click()
  await page.waitForURL((url) => url.origin === portalUrl && url.pathname === path.split('?')[0])
}

/**
 * Gives a browser context a new session, without the sign-in pages. Contexts can't share one: refresh tokens rotate, so
 * the first renewal would end it for the others.
 */
export async function openSession(context: BrowserContext, person: PersonKey): Promise<void> {
  const { cookies } = await signedIn(portalUrl, people[person])
  await context.addCookies(
    [...cookies].map(([name, value]) => ({ name, value, url: portalUrl, httpOnly: true, sameSite: 'Lax' as const })),
  )
}

/** Opens a page as a person who is signed in already. */
export async function signIn(page: Page, person: PersonKey, path = '/'): Promise<void> {
  await openSession(page.context(), person)
  await page.goto(path)
}

/** A page in a new session, signed in. */
export async function pageOf(browser: Browser, person: PersonKey, path = '/'): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await signIn(page, person, path)
  return page
}

/** An error that the API answered, with its HTTP status and its sentence. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Calls the API as the portal does: through its server, with the session of `request`. */
export function caller(request: APIRequestContext, scope: 'platform' | { tenant: string }) {
  const base = `${portalUrl}/api/trpc/${scope === 'platform' ? 'p' : `t/${scope.tenant}`}`
  // The server closes a connection that is idle for 5 s, maybe just as a request comes. Browsers then send it again.
  const headers = { origin: portalUrl, connection: 'close' }
  const dataOf = async <T>(response: Awaited<ReturnType<APIRequestContext['get']>>): Promise<T> => {
    const body = (await response.json()) as { result?: { data: T }; error?: { message: string } }
    if (!body.result) throw new ApiError(response.status(), body.error?.message ?? 'no error in the body')
    return body.result.data
  }
  return {
    query: async <T>(procedure: string, input?: unknown) => {
      const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
      return dataOf<T>(await request.get(`${base}/${procedure}${search}`, { headers }))
    },
    mutate: async <T>(procedure: string, input: unknown) =>
      dataOf<T>(await request.post(`${base}/${procedure}`, { data: input, headers })),
  }
}
export type Caller = ReturnType<typeof caller>

/** Waits until `holds` accepts a value of `probe`, and returns that value. */
export async function until<T>(
  what: string,
  probe: () => Promise<T>,
  holds: (value: T) => boolean,
  timeout = 20_000,
): Promise<T> {
  let last: T | undefined
  const poll = async () => {
    last = await probe()
    return holds(last) ? 'yes' : JSON.stringify(last)
  }
  await expect.poll(poll, { message: what, timeout, intervals: [100, 250, 500] }).toBe('yes')
  return last as T
}

/** Fills the reason of the only form that is open and sends it. */
export async function because(within: Page | Locator, reason: string, button: string) {
  await within.getByRole('textbox', { name: 'Reason' }).fill(reason)
  await within.getByRole('button', { name: button, exact: true }).click()
}
