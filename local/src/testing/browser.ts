type Visit = (
  url: string,
  init?: { form?: Record<string, string>; headers?: Record<string, string>; signal?: AbortSignal },
) => Promise<Response>
export type TestBrowser = Visit & { cookies: Map<string, string> }

/**
 * A client that keeps cookies like a browser. It does not follow redirects; the test does. Cookies ignore ports, so one
 * jar serves all servers of this machine, as in a real browser.
 */
export function testBrowser(cookies = new Map<string, string>()): TestBrowser {
  const visit: Visit = async (url, { form, headers, signal } = {}) => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), ...headers },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
      ...(signal ? { signal } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const name = pair.slice(0, pair.indexOf('='))
      const value = pair.slice(name.length + 1)
      if (value) cookies.set(name, value)
      else cookies.delete(name)
    }
    return response
  }
  return Object.assign(visit, { cookies })
}

/** The target of a redirect. */
export const locationOf = (response: Response, base: string) =>
  new URL(response.headers.get('location') ?? 'about:blank', base)
