import { afterAll, beforeAll, inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL where a test file gets a database: POST creates one, DELETE /<name> drops it. */
    testDatabases: string
  }
}

export type TestDatabaseUrls = {
  name: string
  /** The URL for the superuser, for tests that break things. */
  admin: string
  owner: string
  tenant: string
  platform: string
  worker: string
}

/**
 * A migrated, empty database for the tests of one file. It is dropped after them.
 * @returns its URLs. They are set when the tests run, not before.
 */
export function useTestDatabase(): TestDatabaseUrls {
  const urls: TestDatabaseUrls = { name: '', admin: '', owner: '', tenant: '', platform: '', worker: '' }
  const server = inject('testDatabases')
  beforeAll(async () => {
    Object.assign(urls, await ask(server, 'POST'))
  })
  afterAll(async () => {
    if (urls.name) await ask(`${server}/${urls.name}`, 'DELETE')
  })
  return urls
}

async function ask(url: string, method: string): Promise<object | null> {
  const response = await fetch(url, { method })
  const answer = (await response.json()) as { message: string } | null
  if (!response.ok) throw new Error(`no test database: ${answer?.message}`)
  return answer
}
