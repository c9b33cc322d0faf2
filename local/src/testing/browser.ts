type Visit = (
  url: string,
  init?: { form?: Record<string, string>; headers?: Record<string, string>; signal?: AbortSignal },
) => Promise<Response>
export type TestBrowser = Visit & { cookies: Map<string, string> }

/**
 * A browser as far as cookies go; redirects are the test's to follow. Cookies ignore ports, so that one jar serves every
 * server of this machine, as it does in a real one.
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

/** Where a redirect leads. */
export const locationOf = (response: Response, base: string) =>
  new URL(response.headers.get('location') ?? 'about:blank', base)
