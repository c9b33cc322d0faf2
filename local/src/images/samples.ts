import type { Vulnerability } from './buildImage.ts'

/** An image of the gateway that the local pipeline registers. */
export type Sample = {
  version: string
  /** Hours before it is registered. */
  builtHoursAgo: number
  /** 40 hexadecimal digits. */
  commit: string
  changelog: string
  openssl: string
  vulnerabilities: Omit<Vulnerability, 'version'>[]
  /** Of the gateway's artifact in it. Null if nothing is launched from it. */
  artifactSha256: string | null
}

/** What stands for a commit if there is none. */
export const noCommit = '0'.repeat(40)

// Nobody scanned anything: the vulnerabilities are examples, and their ids say so.
export const olderSample: Sample = {
  version: '0.1.0',
  builtHoursAgo: 30 * 24,
  commit: '1'.repeat(40),
  changelog: 'An older image, as an example. Its gateway is the one of 0.2.0, under another version.',
  openssl: '3.0.7',
  vulnerabilities: [
    { id: 'EXAMPLE-2026-0001', severity: 'High', package: 'openssl-libs', fixedIn: ['3.0.8'] },
    { id: 'EXAMPLE-2026-0002', severity: 'Low', package: 'zlib' },
  ],
  artifactSha256: null,
}

export const newerSample: Sample = {
  version: '0.2.0',
  builtHoursAgo: 2,
  commit: '2'.repeat(40),
  changelog:
    'An update, as an example: it lists a newer openssl-libs. Its gateway is the one of 0.1.0, under another version.',
  openssl: '3.0.8',
  vulnerabilities: [{ id: 'EXAMPLE-2026-0002', severity: 'Low', package: 'zlib' }],
  artifactSha256: null,
}

/** An image of changed sources. */
export const rebuiltSample = (version: string, commit: string): Sample => ({
  version,
  builtHoursAgo: 0,
  commit,
  changelog:
    commit === noCommit
      ? 'The gateway of the sources on this machine, which are of no commit. The packages of the system are examples.'
      : 'The gateway of this commit. The packages of the system are examples.',
  openssl: '3.0.8',
  vulnerabilities: [],
  artifactSha256: null,
})

export const amiName = (version: string) => `tickwatch-gateway-${version}`

/** The tags by which the catalogue knows of which build an AMI is. */
export const amiTags = (commit: string) => ({ 'tickwatch:role': 'gateway', 'tickwatch:commit': commit })
