import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Caller } from '../auth/caller.ts'
import { createCallPace, streamsMax, tenantPace } from './callPace.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

const person = (subject: string, tenantId: string | null): Caller => ({
  ...{ subject, name: subject, email: null, unverifiedEmail: null, groupsLeftOut: false, sessionId: null },
  ...{ expiresAtMs: 0, requestId: 'r', source: null },
  held: tenantId === null ? [{ role: 'platform-admin', tenantId }] : [{ role: 'tenant-admin', tenantId }],
})
const ada = person('ada', 'acme')
const bob = person('bob', 'acme')
const gil = person('gil', 'globex')
const staff = person('staff', null)

describe('calls', () => {
  it('of all people of a tenant count together; others, and the platform’s people, do not wait for them', async () => {
    const { awaitTurn } = createCallPace()
    // These begin later; the test does not wait for them.
    void awaitTurn(ada, 'acme', tenantPace.burst / 2)
    void awaitTurn(bob, 'acme', tenantPace.burst / 2)
    const later = (tenantPace.perSecond * tenantPace.waitMsMax) / 1_000
    void awaitTurn(bob, 'acme', later)
    await expect(awaitTurn(ada, 'acme', 1)).rejects.toMatchObject({
      kind: 'limited',
      code: 'too-many-calls',
      details: { retryAfterSeconds: 3 },
    })
    await awaitTurn(gil, 'globex', tenantPace.peak.burst)
    await awaitTurn(staff, 'acme', tenantPace.peak.burst)
  })

  it('about the platform count for the person who makes them', async () => {
    const { awaitTurn } = createCallPace()
    void awaitTurn(staff, null, tenantPace.burst)
    void awaitTurn(staff, 'acme', (tenantPace.perSecond * tenantPace.waitMsMax) / 1_000)
    await expect(awaitTurn(staff, null, 1)).rejects.toMatchObject({ message: expect.stringMatching(/^You send more/) })
    await awaitTurn(person('other', null), null, tenantPace.peak.burst)
  })

  it('begin again when the tenant has paused', async () => {
    const { awaitTurn } = createCallPace()
    void awaitTurn(ada, 'acme', tenantPace.burst)
    vi.advanceTimersByTime(2_000)
    await awaitTurn(ada, 'acme', tenantPace.peak.burst)
  })
})

describe('live views', () => {
  const open = (pace: ReturnType<typeof createCallPace>, caller: Caller, tenantId: string | null, count: number) =>
    Array.from({ length: count }, () => pace.openStream(caller, tenantId))

  it('of one person are limited, until one closes', () => {
    const pace = createCallPace()
    const [close] = open(pace, ada, 'acme', streamsMax.person)
    expect(() => pace.openStream(ada, 'acme')).toThrow(/may have 12 live views/)
    expect(() => pace.openStream(ada, null)).toThrow(/may have 12 live views/)
    open(pace, bob, 'acme', 1)
    close?.()
    open(pace, ada, 'acme', 1)
  })

  it('of a tenant are limited, however many people it has', () => {
    const pace = createCallPace()
    const people = Array.from({ length: streamsMax.payer }, (_, i) => person(`${i}`, 'acme'))
    for (const each of people) open(pace, each, 'acme', 1)
    expect(() => pace.openStream(ada, 'acme')).toThrow(/people of a tenant 60/)
    open(pace, gil, 'globex', streamsMax.person)
    open(pace, staff, 'acme', streamsMax.person)
  })
})
