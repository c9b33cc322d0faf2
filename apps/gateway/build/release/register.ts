import { readFile } from 'node:fs/promises'
import { readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'
import { amisOf, filesOf, type ReleaseRecord, readRecord, writeRecord } from './record.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/** The token is sent there, so only this machine may be without TLS. */
const isSafe = (url: string) => /^https:|^http:\/\/(127\.0\.0\.1|localhost)(:|\/|$)/.test(url)

export const registerEnvironment = z.object({
  PORTAL_API_URL: z.url().refine(isSafe, 'must begin with https://'),
  /** An API token with the scope `images:register`. */
  PORTAL_API_TOKEN: z.string(),
})

/** @returns whether the image may roll out */
export async function registerStep(folder: string, variables: NodeJS.ProcessEnv): Promise<boolean> {
  const { PORTAL_API_URL: url, PORTAL_API_TOKEN: token } = readEnvironment(
    'npm run image:register',
    registerEnvironment,
    variables,
  )
  const { isReady, lines } = await registerRelease(folder, { url, token })
  for (const line of lines) console.log(line)
  return isReady
}

/**
 * Registers what was signed in the portal's catalogue. It may be sent again.
 * @param portal its address, and a token with the scope `images:register`
 */
export async function registerRelease(folder: string, portal: { url: string; token: string }): Promise<Verdict> {
  const record = await readRecord(folder)
  const answer = await fetch(new URL('/v1/images', portal.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${portal.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(await registrationOf(folder, record)),
    // The token must not go elsewhere.
    redirect: 'error',
    signal: AbortSignal.timeout(120_000),
  }).catch((cause: Error) => {
    throw new Error(`The portal at ${portal.url} does not answer: ${cause.cause ?? cause.message}`, { cause })
  })
  const verdict = verdictOf(answer.status, await answer.text())
  await writeRecord(folder, { ...record, isReady: verdict.isReady })
  return verdict
}

async function registrationOf(folder: string, record: ReleaseRecord) {
  const { name, version, builds, changelog } = record
  const files = filesOf(folder)
  const textOf = (file: string) =>
    readFile(file, 'utf8').catch((cause: unknown) => {
      throw new Error(`There is no ${file}. Run: npm run image:sign`, { cause })
    })
  const reports = builds.map(async ({ architecture }) => ({
    architecture,
    sbom: await textOf(files.sbom(`ami-${architecture}`)),
    vulnerabilities: await textOf(files.vulnerabilities(`ami-${architecture}`)),
  }))
  return {
    ...{ name, version, changelog, amis: amisOf(record).list, reports: await Promise.all(reports) },
    ...{ manifest: await textOf(files.manifest), bundle: await textOf(files.manifestBundle) },
  }
}
