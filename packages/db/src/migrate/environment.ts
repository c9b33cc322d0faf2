import { EnvironmentError } from '@tickwatch/policy'

/** The environment variables of the migrator. */
export const variables = {
  owner: 'DATABASE_URL_OWNER',
  tenant: 'DATABASE_URL_TENANT',
  platform: 'DATABASE_URL_PLATFORM',
  worker: 'DATABASE_URL_WORKER',
} as const

/** @throws EnvironmentError that names every variable that is wrong. */
export function readUrls(
  environment: Readonly<Record<string, string | undefined>>,
): Record<keyof typeof variables, string> {
  const faults: string[] = []
  const read = (name: string) => {
    const url = environment[name] ?? ''
    if (url === '') faults.push(`${name}: is not set`)
    else if (!URL.canParse(url)) faults.push(`${name}: is not a URL`)
    else if (name !== variables.owner && !new URL(url).password) faults.push(`${name}: has no password`)
    return url
  }
  const urls = {
    owner: read(variables.owner),
    tenant: read(variables.tenant),
    platform: read(variables.platform),
    worker: read(variables.worker),
  }
  if (faults.length > 0) throw new EnvironmentError('The migrator', faults)
  return urls
}
