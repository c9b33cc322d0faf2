import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../src/fixtures.ts'
import { platformState } from '../src/platform.ts'
import { pageOf } from '../src/portal.ts'
import { quotasPage } from '../src/quotaPage.ts'

/** Every string in `value`. */
const secretsIn = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Object.values(value as object).flatMap(secretsIn)

test('after all other tests no log of any part contains a secret', async ({ browser, acme }) => {
  const { stateDir, aws } = platformState()
  const { token, reader } = await acme.mutate<{ token: string; reader: { id: string; name: string } }>(
    'reader.create',
    {
      name: 'to-be-looked-for',
      expiresInDays: 1,
    },
  )
  await acme.mutate('reader.revoke', { id: reader.id, confirm: reader.name })
  const page = await pageOf(browser, 'acmeAdmin', quotasPage)
  const cookies = await page.context().cookies()
  await page.context().close()

  const kept = JSON.parse(readFileSync(join(stateDir, 'secrets.json'), 'utf8')) as object
  const keys = globSync('pki/**/*.key', { cwd: stateDir }).map(
    (file) => readFileSync(join(stateDir, file), 'utf8').split('\n')[1] ?? '',
  )
  const session = cookies.filter(({ name }) => name.includes('session-token')).map(({ value }) => value.slice(-40))
  const secrets = [...secretsIn(kept).filter((secret) => secret !== aws.accessKeyId), ...keys, ...session, token]
  expect(secrets.length).toBeGreaterThan(18)
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(20)

  const logs = globSync('logs/*.log*', { cwd: stateDir })
  expect(logs.length).toBeGreaterThan(10)
  // Any signed token, any token of a reader or program, any key of Slack or a webhook, any private key.
  const shapes = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}|tw_[ra]_[\w-]{43}|xoxb-\w+|whsec_[\w+/]+|PRIVATE KEY/
  for (const log of logs) {
    const text = readFileSync(join(stateDir, log), 'utf8')
    expect(text.match(shapes)?.[0], log).toBeUndefined()
    expect(secrets.filter((secret) => text.includes(secret)).length, `secrets in ${log}`).toBe(0)
  }
})
