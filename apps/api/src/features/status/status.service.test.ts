import { DatabaseUnavailable } from '@tickwatch/db'
import { builtInDefinitions } from '@tickwatch/slo'
import { expect, it } from 'vitest'
import { createQuerySlots } from '../../shared/storageAnswers.ts'
import { createMemoryAmp } from '../../testing/memoryAws.ts'
import { createStatusService } from './status.service.ts'

const slos = builtInDefinitions.map((definition) => ({
  ...{ id: definition.id, definition, tenantId: 'tickwatch', version: 1, namespace: 1 },
  ...{ savedAt: new Date(0), by: { subject: 's', name: 'n' } },
}))
const serviceOf = (incidents: () => Promise<never[]>, alertsUnread = false) =>
  createStatusService({
    ...{ incidents, alertsUnread: () => alertsUnread },
    ...{ storage: createMemoryAmp().query, slots: createQuerySlots(), stepSeconds: 60, log: { warn() {} } },
    reads: {
      overview: async () => ({
        ...{ slos, snapshot: null, changes: [], firing: [], budgets: undefined, maintenance: [] },
        about: { asOf: null, missing: null, databaseAway: null },
      }),
    },
  })
const asked = { showsTenants: false, rolesUnknown: false }

it('shows the SLOs and says that incidents are not known if Postgres never answered', async () => {
  const away = serviceOf(() => Promise.reject(new DatabaseUnavailable('Postgres does not answer')))
  await expect(away.remember()).rejects.toBeInstanceOf(DatabaseUnavailable)
  const { slos: shown, incidents } = await away.read(asked)
  expect([shown.length, incidents]).toEqual([builtInDefinitions.length, null])
})

it('fails with a fault of ours, so that nobody reads it as an outage of Postgres', async () => {
  const fault = new Error('a fault of ours')
  await expect(serviceOf(() => Promise.reject(fault)).read(asked)).rejects.toBe(fault)
})

it('says that incidents may be missing while alerts can’t be read', async () => {
  expect((await serviceOf(async () => [], true).read(asked)).incidents).toMatchObject({ open: [], alertsUnread: true })
})
