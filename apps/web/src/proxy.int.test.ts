import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../../local/src/process/until.ts'
import { locationOf, type TestBrowser, testBrowser } from '../../../local/src/testing/browser.ts'
import { startTestPortal, type TestPortal } from '../../../local/src/testing/portal.ts'

/** Lifetime of an access token. The portal renews a token that has at most 5 s left. */
const accessTokenSeconds = 8
const renewBeforeSeconds = 5
const call = '/api/trpc/p/access.me'
const sessionCookie = 'next-auth.session-token'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal({ accessTokenSeconds })
})
afterEach(() => portal.api.answer())
afterAll(() => portal.stop())

const bearersSeen = () => [...new Set(portal.api.calls.map(({ headers }) => headers.authorization ?? 'none'))]
const claimsOf = (bearer: string | undefined) =>
  JSON.parse(Buffer.from(bearer?.split('.')[1] ?? '', 'base64url').toString()) as { exp: number; sub: string }
const secondsLeft = (bearer: string | undefined) => claimsOf(bearer).exp - Date.now() / 1_000
/** A browser with the same cookies in a jar of its own, like a request that was sent before a newer answer came. */
const before = (browser: TestBrowser) => testBrowser(new Map(browser.cookies))

/** @returns the bearer token that the API got. */
async function ask(browser: TestBrowser): Promise<string> {
  const from = portal.api.calls.length
  expect((await browser(portal.url + call)).status).toBe(200)
  return portal.api.calls.slice(from).at(-1)?.headers.authorization ?? 'none'
}
// At a sign-in the lifetime counts from the issuer's answer, which on a busy machine arrives after the token was made.
const stale = (bearer: string) =>
  until('the token is about to expire', () => secondsLeft(bearer) < renewBeforeSeconds - 2, {
    seconds: accessTokenSeconds,
  })

describe('a session that outlives its access token', () => {
  it('survives parallel requests: all carry the same new token, and the issuer is asked once', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const first = await ask(browser)
    await stale(first)
    portal.api.answer()
    const answers = await Promise.all(Array.from({ length: 12 }, () => before(browser)(portal.url + call)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    // The requests that renewed the token already sent the new one to the API.
    expect(portal.api.calls).toHaveLength(12)
    const [second, ...others] = bearersSeen()
    expect(others).toEqual([])
    expect(claimsOf(second).exp).toBeGreaterThan(claimsOf(first).exp)
    for (const answer of answers) expect(answer.headers.getSetCookie().join()).toContain(`${sessionCookie}=`)
    // If the issuer had seen a refresh token twice, it would have ended the session. The next renewal shows that it did
    // not.
    await browser(portal.url + call)
    await stale(second ?? '')
    expect(claimsOf(await ask(browser)).exp).toBeGreaterThan(claimsOf(second).exp)
  })

  it('gives a late request with an old cookie the newest token', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const late = before(browser)
    await stale(await ask(browser))
    const second = await ask(browser)
    await stale(second)
    const third = await ask(browser)
    expect(third).not.toBe(second)
    expect(await ask(late)).toBe(third)
    expect(await ask(browser)).toBe(third)
  })

  it('is not extended by renewals: its cookie still expires 8 h after the sign-in', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    await stale(await ask(browser))
    const renewed = await browser(portal.url + call)
    const [cookie] = renewed.headers.getSetCookie()
    const secondsLeft = Number(/Max-Age=(\d+)/i.exec(cookie ?? '')?.[1])
    expect(secondsLeft).toBeGreaterThan(8 * 3_600 - 60)
    expect(secondsLeft).toBeLessThan(8 * 3_600 - 1)
  })

  it('renders its pages with the new token', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const first = await ask(browser)
    await stale(first)
    portal.api.answer()
    await browser(`${portal.url}/t/acme/quotas`)
    expect(bearersSeen()).toHaveLength(1)
    expect(bearersSeen()).not.toContain(first)
  })

  it('is ended at the API by the sign-out, under the same id for all its tokens', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    await stale(await ask(browser))
    await ask(browser)
    const idOf = (call: TestPortal['api']['calls'][number] | undefined) => call?.headers['x-tickwatch-session']
    const ids = new Set(portal.api.calls.map(idOf))
    expect(ids.size).toBe(1)
    // Its token has expired here too, as after a night with a sleeping browser.
    await stale(portal.api.calls.at(-1)?.headers.authorization ?? '')
    portal.api.answer()
    const out = await browser(`${portal.url}/api/logout`, { form: {}, headers: { origin: portal.url } })
    expect(locationOf(out, portal.url).origin).toBe(portal.issuer.url)
    const [end, ...others] = portal.api.calls
    expect(others).toEqual([])
    expect(end).toMatchObject({ method: 'POST', path: '/trpc/session.end' })
    expect(ids).toContain(idOf(end))
    expect(secondsLeft(end?.headers.authorization)).toBeGreaterThan(0)
    expect([...browser.cookies.keys()].filter((name) => name.startsWith(sessionCookie))).toEqual([])
  })

  it('that is signed out while the API is away is refused at once, and the API hears of it when it answers', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    await ask(browser)
    const sessionId = portal.api.calls.at(-1)?.headers['x-tickwatch-session']
    const copy = before(browser)
    portal.api.answer((_request, response) => response.destroy())
    const out = await browser(`${portal.url}/api/logout`, { form: {}, headers: { origin: portal.url } })
    expect(locationOf(out, portal.url).origin).toBe(portal.issuer.url)
    expect([...browser.cookies.keys()].filter((name) => name.startsWith(sessionCookie))).toEqual([])
    expect((await copy(portal.url + call)).status).toBe(401)

    portal.api.answer()
    await until('the API hears of it', () => portal.api.calls.length > 0)
    expect(portal.api.calls.map(({ path, headers }) => [path, headers['x-tickwatch-session']])).toEqual([
      ['/trpc/session.end', sessionId],
    ])
  })

  it('ends when the issuer rejects it: pages redirect to sign-in, calls answer 401, and the cookie is deleted', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const token = await ask(browser)
    await portal.issuer.forgetEveryone()
    await stale(token)
    // The issuer's restart broke the portal's connection to it. A renewal that meets that fails, and is tried again.
    const open = () => before(browser)(`${portal.url}/t/acme/quotas?limit=series.activeMax`)
    let page = await open()
    await until('the issuer rejects it', async () => {
      if (page.status !== 307) page = await open()
      return page.status === 307
    })
    const signIn = locationOf(page, portal.url)
    expect(signIn.pathname).toBe('/signin')
    expect(signIn.searchParams.get('callbackUrl')).toBe('/t/acme/quotas?limit=series.activeMax')
    expect(signIn.searchParams.get('ended')).toBe('session')
    const refused = await browser(portal.url + call)
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({
      error: { data: { code: 'UNAUTHORIZED', tickwatch: { code: 'sign-in-needed' } } },
    })
    expect([...browser.cookies.keys()].filter((name) => name.startsWith(sessionCookie))).toEqual([])
  })

  it('that the API does not accept is shown with the reason and a way to sign out', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const message = 'The API does not accept this session: its access token is not for this API.'
    const data = { code: 'UNAUTHORIZED', httpStatus: 401, tickwatch: { code: 'token-refused', requestId: 'request-1' } }
    const error = { error: { message, code: -32_001, data } }
    portal.api.answer((request, response) =>
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end(JSON.stringify(request.url?.includes('batch=1') ? [error] : error)),
    )
    const page = await browser(portal.url)
    expect(page.status).toBe(200)
    const main = /<main[\s\S]*<\/main>/.exec(await page.text())?.[0]
    expect(main).toContain(message)
    expect(main).toMatch(/<form [^>]*action="\/api\/logout" method="post"/)
  })

  it('survives while the issuer is away', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const token = await ask(browser)
    await portal.issuer.stop()
    try {
      await stale(token)
      // The token is still valid for a few seconds.
      expect(await ask(browser)).toBe(token)
      portal.api.answer()
      let refused = await browser(portal.url + call)
      await until('the token has expired', async () => {
        if (refused.status === 200) refused = await browser(portal.url + call)
        return refused.status !== 200
      })
      expect(secondsLeft(token)).toBeLessThan(0)
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ error: { data: { tickwatch: { code: 'issuer-unavailable' } } } })
      const page = await browser(`${portal.url}/t/acme/quotas`)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('The sign-in service does not answer')
    } finally {
      await portal.issuer.start()
    }
    expect(secondsLeft(await ask(browser))).toBeGreaterThan(0)
  })
})

describe('a browser without a session', () => {
  it.each(['none', 'forged'])('(cookie: %s) is redirected to sign-in, and does not reach the API', async (cookie) => {
    const browser = testBrowser(new Map(cookie === 'none' ? [] : [[sessionCookie, 'eyJhbGciOiJkaXIifQ..a.b.c']]))
    const denied = await browser(portal.url + call)
    expect(denied.status).toBe(401)
    const page = await browser(`${portal.url}/gateways`)
    expect(locationOf(page, portal.url).href).toBe(`${portal.url}/signin?callbackUrl=%2Fgateways`)
    expect([...portal.api.callsFor(denied), ...portal.api.callsFor(page)]).toEqual([])
  })
})

describe('a link to the status page', () => {
  it('opens it without a session, and its token reaches the API in a header only', async () => {
    const browser = testBrowser()
    const refused = () => portal.api.answer((_request, response) => void response.writeHead(401).end())
    refused()
    expect((await browser(`${portal.url}/status`)).status).toBe(200)
    refused()
    const answer = await browser(`${portal.url}/api/status`, { headers: { authorization: 'Bearer tw_a_x' } })
    expect(answer.status).toBe(401)
    expect(portal.api.calls).toMatchObject([{ path: '/v1/status', headers: { authorization: 'Bearer tw_a_x' } }])
  })
})

describe('a page', () => {
  it('runs only the scripts that the server put in it', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const pages = await Promise.all(['/', '/', '/signin'].map((path) => browser(portal.url + path)))
    const nonces = await Promise.all(
      pages.map(async (page) => {
        const policy = page.headers.get('content-security-policy') ?? ''
        const nonce = /script-src 'self' 'nonce-([^']+)' 'strict-dynamic';/.exec(policy)?.[1]
        expect(policy).toContain("frame-ancestors 'none'")
        expect(policy).toContain(`form-action 'self' ${portal.issuer.url}`)
        const scripts = [...(await page.text()).matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag)
        expect(scripts.length).toBeGreaterThan(0)
        expect(scripts.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([])
        return nonce
      }),
    )
    expect(new Set(nonces).size).toBe(pages.length)
  })

  it('never gives its tokens to a script', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const token = (await ask(browser)).replace('Bearer ', '')
    const session = await browser(`${portal.url}/api/auth/session`)
    const page = await browser(portal.url)
    for (const body of [await session.text(), await page.text()]) expect(body).not.toContain(token)
    await stale(token)
    const renewed = await browser(portal.url + call)
    for (const cookie of renewed.headers.getSetCookie()) expect(cookie).toMatch(/; HttpOnly; SameSite=lax$/i)
  })
})

describe('someone who asks for too much', () => {
  it('waits, then gets 429 with a Retry-After, and others are served at once', async () => {
    const browser = await portal.signedIn('admin@acme.example')
    const noisy = await portal.signedIn('auditor@tickwatch.example')
    const batch = Array.from({ length: 20 }, () => 'access.me').join(',')
    const calls = Array.from({ length: 14 }, () => noisy(`${portal.url}/api/trpc/p/${batch}?batch=1`))
    const pages = Array.from({ length: 3 }, () => noisy(`${portal.url}/t/acme/quotas`))
    let isNoisy = true
    const answers = Promise.all(calls).finally(() => {
      isNoisy = false
    })
    expect((await browser(`${portal.url}/api/trpc/p/access.me`)).status).toBe(200)
    expect(isNoisy).toBe(true)
    const statuses = (await answers).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5)
    const refused = (await answers).at(statuses.indexOf(429))
    const seconds = Number(refused?.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    const message = `You ask the portal for more than 20 calls/s. Try again in ${seconds} s.`
    const tickwatch = { code: 'too-many-calls', details: { retryAfterSeconds: seconds } }
    expect(await refused?.json()).toMatchObject({ error: { message, data: { httpStatus: 429, tickwatch } } })
    const opened = await Promise.all(pages)
    const page = opened.find(({ status }) => status === 429)
    expect(page?.headers.get('refresh')).toBe(page?.headers.get('retry-after'))
    expect(await page?.text()).toMatch(
      /^You ask the portal for more than 20 calls\/s\. This page loads again in \d s\.$/,
    )
    // An answer that nobody reads keeps its connection.
    for (const { body, bodyUsed } of [...(await answers), ...opened]) if (!bodyUsed) await body?.cancel()
  })
})
