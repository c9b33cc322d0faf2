import { randomUUID } from 'node:crypto'
import { sessions } from '@tickwatch/db'
import { sessionMaxAgeSeconds } from '@tickwatch/policy'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, startWithPeople } from '../../testing/people.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
})
afterAll(() => at.stop())

const mara = { sub: 'mara', groups: ['acme-admins'] }
const inSession = (sessionId: string, claims: object = {}) => at.api.as({ ...mara, ...claims }, 'acme', sessionId)

it('that was signed out is refused at once, also with a newer token, and no other session is', async () => {
  const sessionId = randomUUID()
  const [person, copied, elsewhere] = await Promise.all([
    inSession(sessionId),
    inSession(sessionId, { jti: 'of the next renewal' }),
    inSession(randomUUID()),
  ])
  expect((await copied.access.me.query()).subject).toBe('mara')
  expect(await person.session.end.mutate()).toEqual({ ended: true })
  await expect(copied.access.me.query()).rejects.toMatchObject(coded('sign-in-needed'))
  await expect(copied.quota.current.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } })
  await expect(person.session.end.mutate()).rejects.toMatchObject(coded('sign-in-needed'))
  expect((await elsewhere.access.me.query()).subject).toBe('mara')
})

it('that was signed out stays refused after a restart, until it would have ended by itself', async () => {
  const sessionId = randomUUID()
  const person = await inSession(sessionId)
  await person.session.end.mutate()
  await at.api.restart()
  await expect(person.access.me.query()).rejects.toMatchObject(coded('sign-in-needed'))
  const admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  const { rows } = await admin.query('SELECT expires_at FROM ended_session WHERE id = $1', [sessionId])
  await admin.end()
  const leftMs = rows[0].expires_at.getTime() - Date.now()
  expect(leftMs).toBeGreaterThan(sessionMaxAgeSeconds * 1_000 - 60_000)
  const known = () => at.api.db.platform((tx) => sessions.hasEnded(tx, sessionId))
  await at.api.db.worker((tx) => sessions.forget(tx, new Date()))
  expect(await known()).toBe(true)
  await at.api.db.worker((tx) => sessions.forget(tx, new Date(Date.now() + leftMs + 1)))
  expect(await known()).toBe(false)
})

it('whose id is not one of the portal’s is refused, and without one there is nothing to end', async () => {
  await expect((await inSession("'; --")).access.me.query()).rejects.toMatchObject(coded('sign-in-needed'))
  await expect((await at.api.as(mara)).session.end.mutate()).rejects.toMatchObject(coded('session-unknown'))
})

it('whose token is for another audience is refused with the reason, since another sign-in would not help', async () => {
  const person = await inSession(randomUUID(), { aud: 'account' })
  await expect(person.access.me.query()).rejects.toMatchObject({
    message:
      'The API does not accept this session: its access token is not for this API. The issuer must put the API’s audience into it (docs/sign-in.md).',
    ...coded('token-refused'),
  })
})
