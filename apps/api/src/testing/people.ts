import { type CertificateAuthority, certificates, temporaryFolder } from './fixtures.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApiParts } from './testApi.ts'

export const rate = 'ingest.samplesPerSecond'
/** Matches an error of the portal's client by its code. */
export const coded = (code: string) => ({ data: { tickwatch: { code } } })
export const soon = { timeout: 40_000, interval: 20 }

/** An API with the tenants acme and tickwatch, and a platform admin, an auditor and acme's admin signed in. */
export async function startWithPeople(
  openCa: (dir: string) => Promise<CertificateAuthority>,
  urls: TestApiParts['urls'],
  env: TestApiParts['env'] = {},
  aws: TestApiParts['aws'] = {},
) {
  const folder = temporaryFolder()
  const pki = await certificates(await openCa(folder.dir))
  const api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server, env, aws })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { [rate]: { min: 1, max: 100_000 } })
  await seedTenant(api.db, 'tickwatch')
  return {
    api,
    platform: await api.as({ sub: 'tomas', groups: ['platform-admins'] }),
    auditor: await api.as({ sub: 'ewa', groups: ['auditors'] }),
    owner: await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme'),
    stop: async () => {
      await api.stop()
      folder.remove()
    },
  }
}
