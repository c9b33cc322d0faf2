/** What the migrator reads. */
export const variables = {
  owner: 'DATABASE_URL_OWNER',
  tenant: 'DATABASE_URL_TENANT',
  platform: 'DATABASE_URL_PLATFORM',
  worker: 'DATABASE_URL_WORKER',
} as const

/** @throws with all that is missing. */
export function readUrls(): Record<keyof typeof variables, string> {
  const faults: string[] = []
  const read = (name: string) => {
    const url = process.env[name] ?? ''
    if (!URL.canParse(url)) faults.push(`${name} is not set to a Postgres URL`)
    else if (name !== variables.owner && !new URL(url).password) faults.push(`${name} has no password`)
    return url
  }
  const urls = {
    owner: read(variables.owner),
    tenant: read(variables.tenant),
    platform: read(variables.platform),
    worker: read(variables.worker),
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return urls
}
