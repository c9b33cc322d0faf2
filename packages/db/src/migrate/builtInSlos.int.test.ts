import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import * as auditLog from '../audit.repository.ts'
import type { NewSloVersion } from '../slo.repository.ts'
import * as slos from '../slo.repository.ts'
import { ann, later, useDatabase } from '../test/fixtures.ts'
import { saveBuiltInSlos } from './builtInSlos.ts'

const urls = useTestDatabase()
const database = useDatabase(urls)
let owner: pg.Client
beforeAll(async () => {
  owner = new pg.Client({ connectionString: urls.owner })
  await owner.connect()
})
afterAll(() => owner.end())

const nextRelease = builtInDefinitions.map((built): Definition => ({ ...built, title: `${built.title} again` }))
const byId = (id: string) => database.db.platform((tx) => slos.byId(tx, id))
const change = (id: string, baseVersion: number, to: NewSloVersion['to']) =>
  database.db.platform((tx) =>
    slos.append(tx, {
      ...{ id, baseVersion, to, by: ann, approvedBy: null, reason: 'ours', changeRequestId: null, savedAt: later(0) },
    }),
  )
const audited = async () =>
  (await database.db.platform((tx) => auditLog.list(tx, { pageSize: 50, action: 'slo.release' }))).items

it('a fresh database has the built-in SLOs, and they are saved once', async () => {
  await saveBuiltInSlos(owner, builtInDefinitions)
  const found = await slos.sloDefinitions(database.db)
  expect(found.map(({ definition }) => definition)).toEqual(
    [...builtInDefinitions].sort((a, b) => a.id.localeCompare(b.id)),
  )
  for (const slo of found) expect(slo).toMatchObject({ version: 1, tenantId: 'tickwatch', by: { name: 'Tickwatch' } })
  expect(await audited()).toEqual([])
})

it('the next release changes only those that nobody changed or deleted', async () => {
  const [first] = builtInDefinitions
  if (!first) return expect.fail('no definition')
  await change(first.id, 1, { definition: { ...first, objective: 0.99 }, namespace: 0 })
  await change('query-latency', 1, null)
  await saveBuiltInSlos(owner, nextRelease)
  await saveBuiltInSlos(owner, nextRelease)
  expect(await byId(first.id)).toMatchObject({ version: 2, definition: { title: first.title, objective: 0.99 } })
  expect(await byId('query-latency')).toBeNull()
  expect(await byId('query-success')).toMatchObject({ version: 2, definition: { title: 'Queries are answered again' } })
  const events = await audited()
  expect(events.map(({ target }) => target).sort()).toEqual(
    nextRelease
      .map(({ id }) => id)
      .filter((id) => id !== first.id && id !== 'query-latency')
      .sort(),
  )
  expect(events[0]).toMatchObject({ actor: 'migrate', before: { version: 1 }, after: { version: 2 } })
})
