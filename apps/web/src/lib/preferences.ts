/**
 * Cookies with small preferences that the server needs to send the right first page. They last a year and hold no
 * secrets.
 */
export const navCollapsedCookie = 'tickwatch-nav'
export const lastTenantCookie = 'tickwatch-tenant'

export function rememberInCookie(name: string, value: string) {
  const secure = window.location.protocol === 'https:' ? '; secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax${secure}`
}
