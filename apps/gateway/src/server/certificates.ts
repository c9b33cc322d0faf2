import { X509Certificate } from 'node:crypto'

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/**
 * When the first of these certificates expires, in Unix time.
 * @param pem one or several
 * @returns null if there is none, or one that can't be read: TLS reports that.
 */
export function earliestExpiry(pem: string): number | null {
  try {
    const times = (pem.match(block) ?? []).map((each) => new X509Certificate(each).validToDate.getTime() / 1_000)
    return times.length === 0 ? null : Math.min(...times)
  } catch {
    return null
  }
}
