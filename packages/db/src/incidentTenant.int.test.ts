// Who hears of an incident, held to what row-level security lets them see.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as incidents from './incident.repository.ts'
import * as incidentTenants from './incidentTenant.repository.ts'
import { ann, createTenant, noon, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())
const incidentId = randomUUID()

beforeAll(async () => {
  await createTenant(database.db, 'initech')
  await database.db.platform((tx) =>
    incidents.save(tx, {
      created: [
        {
          ...{ id: incidentId, key: 'a', owner: 'tickwatch', slo: 'freshness', alertName: 'SloBurnPage', labels: {} },
          ...{ severity: 'page', state: 'open', episode: 1, blind: false, openedAt: noon, beganAt: noon },
          resolvedAt: null,
        },
      ],
      ...{ updated: [], events: [] },
      tenants: ['acme', 'globex', 'not-a-tenant'].map((tenantId) => ({ incidentId, tenantId })),
    }),
  )
})

/** What the timelines of the tenants have more after the event, and who hears of it. */
async function happened(kind: incidents.IncidentEventKind, tenantId: string | null) {
  const event = { incidentId, tenantId, episode: 1, at: noon, kind, alert: null, by: ann, text: null }
  const lengths = () =>
    Promise.all(
      ['acme', 'globex', 'initech'].map(async (id) => {
        const timeline = await database.db.tenant(id, (tx) => incidents.timelineOfTenant(tx, incidentId, 500))
        return { id, length: timeline.length }
      }),
    )
  const before = await lengths()
  await database.db.platform((tx) => incidents.addEvents(tx, [event]))
  const after = await lengths()
  return {
    seenBy: after.filter(({ length }, i) => length > (before[i]?.length ?? 0)).map(({ id }) => id),
    heardBy: await database.db.platform((tx) => incidentTenants.thatSee(tx, [event])),
  }
}

it.each<[incidents.IncidentEventKind, string | null, string[]]>([
  ['opened', null, ['acme', 'globex']],
  ['acknowledged', null, ['acme', 'globex']],
  ['resolved', null, ['acme', 'globex']],
  ['alertFired', null, ['acme', 'globex']],
  ['alertFired', 'acme', ['acme']],
  ['alertResolved', 'globex', ['globex']],
  ['alertFired', 'initech', []],
  ['note', null, []],
  ['assigned', null, []],
  ['reverted', null, []],
])('of “%s” about %s hear those that see it: %j', async (kind, tenantId, heardBy) => {
  expect(await happened(kind, tenantId)).toEqual({ seenBy: heardBy, heardBy })
})

it('of what changes the whole incident all that it harms hear, although an alert of one of them changed it', async () => {
  expect(await happened('raised', 'acme')).toEqual({ seenBy: ['acme'], heardBy: ['acme', 'globex'] })
})

it('of nothing nobody hears', async () => {
  expect(await database.db.platform((tx) => incidentTenants.thatSee(tx, []))).toEqual([])
})
