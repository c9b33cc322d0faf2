import { type BrowserContext, test as base } from '@playwright/test'
import { type Caller, caller, openSession, type PersonKey } from './portal.ts'

type People = { acme: Caller; globex: Caller; platform: Caller; approver: Caller; auditor: Caller }

/** Gives tests that call the API a caller for each person, with one session for the whole run. */
export const test = base.extend<object, People>({
  acme: [
    ({ browser }, use) => asPerson(browser.newContext(), 'acmeAdmin', { tenant: 'acme' }, use),
    { scope: 'worker' },
  ],
  globex: [
    ({ browser }, use) => asPerson(browser.newContext(), 'globexAdmin', { tenant: 'globex' }, use),
    { scope: 'worker' },
  ],
  platform: [({ browser }, use) => asPerson(browser.newContext(), 'platform1', 'platform', use), { scope: 'worker' }],
  approver: [({ browser }, use) => asPerson(browser.newContext(), 'platform2', 'platform', use), { scope: 'worker' }],
  auditor: [({ browser }, use) => asPerson(browser.newContext(), 'auditor', 'platform', use), { scope: 'worker' }],
})

async function asPerson(
  opening: Promise<BrowserContext>,
  person: PersonKey,
  scope: Parameters<typeof caller>[1],
  use: (caller: Caller) => Promise<void>,
) {
  const context = await opening
  await openSession(context, person)
  await use(caller(context.request, scope))
  await context.close()
}
