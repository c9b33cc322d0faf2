import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, rate, soon, startWithPeople } from '../../testing/people.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
})
afterAll(() => at.stop())

describe('a tenant', () => {
  const bundleOf = () => at.api.manifest('canary') ?? ''

  it('that is created, suspended and resumed is in the policy each time', async () => {
    await vi.waitFor(() => expect(bundleOf()).not.toBe(''), soon)
    const seen = [bundleOf()]
    const next = () =>
      vi.waitFor(() => {
        const text = bundleOf()
        expect(seen).not.toContain(text)
        seen.push(text)
      }, soon)
    await at.platform.tenant.create.mutate({ id: 'hooli', name: 'hooli games', plan: 'indie' })
    await next()
    await at.platform.tenant.suspend.mutate({ id: 'hooli', reason: 'does not pay', confirm: 'hooli' })
    await next()
    const ofHooli = await at.api.as({ sub: 'tomas', groups: ['platform-admins'] }, 'hooli')
    const suspension = async () => (await ofHooli.quota.current.query()).tenant.suspension
    expect(await suspension()).toMatchObject({ by: 'tomas', reason: 'does not pay' })
    const again = at.platform.tenant.suspend.mutate({ id: 'hooli', reason: 'does not pay', confirm: 'hooli' })
    await expect(again).rejects.toMatchObject(coded('tenant-suspended'))
    expect(await at.platform.tenant.resume.mutate({ id: 'hooli', reason: 'paid' })).toMatchObject({ status: 'active' })
    expect(await suspension()).toBeNull()
    await next()
    const { items } = await at.auditor.policy.versions.query({ pageSize: 3 })
    expect(items.map((v) => v.causes.find((c) => c.tenantId === 'hooli')?.reason)).toEqual([
      'resumed: paid',
      'suspended: does not pay',
      'created',
    ])
  })

  it('is suspended only after its id was typed to confirm, and the platform’s own never', async () => {
    const slip = at.platform.tenant.suspend.mutate({ id: 'acme', reason: 'a slip', confirm: 'acne' })
    await expect(slip).rejects.toMatchObject(coded('input-invalid'))
    const own = at.platform.tenant.suspend.mutate({ id: 'tickwatch', reason: 'a slip', confirm: 'tickwatch' })
    await expect(own).rejects.toMatchObject(coded('tenant-built-in'))
  })

  it('gets an envelope only if the platform can carry it', async () => {
    const reason = 'a bigger plan'
    const envelope = { [rate]: { min: 1, max: 9_000_000 } }
    const { envelope: base } = await at.platform.tenant.get.query({ id: 'acme' })
    const tooFar = at.platform.tenant.setEnvelope.mutate({ id: 'acme', base, envelope, reason })
    await expect(tooFar).rejects.toMatchObject(coded('envelope-invalid'))
    const wider = { [rate]: { min: 5, max: 200_000 } }
    await at.platform.tenant.setEnvelope.mutate({ id: 'acme', base, envelope: wider, reason })
    // Another admin, whose editor was opened on the same envelope.
    const late = { id: 'acme', base, envelope: { [rate]: { min: 5, max: 90_000 } }, reason }
    await expect(at.platform.tenant.setEnvelope.mutate(late)).rejects.toMatchObject(coded('envelope-conflict'))
    expect((await at.owner.quota.current.query()).envelope).toEqual(wider)
  })

  it('has unknown use, not none, while no gateway reports', async () => {
    const unknown = {
      ...{ samplesPerSecond: null, activeSeries: null, mostUsed: null },
      ...{ refusedByReason: null, refusedQueries: null },
    }
    expect(await at.platform.tenant.get.query({ id: 'acme' })).toMatchObject(unknown)
    expect((await at.auditor.tenant.list.query({ search: 'acme' })).items).toMatchObject([unknown])
  })

  it('is found by its name, sorted and paged', async () => {
    const first = await at.auditor.tenant.list.query({ pageSize: 2, sort: 'name', direction: 'desc' })
    const second = await at.auditor.tenant.list.query({
      pageSize: 2,
      sort: 'name',
      direction: 'desc',
      cursor: first.nextCursor,
    })
    expect([...first.items, ...second.items].map((t) => t.id)).toEqual(['tickwatch', 'hooli', 'acme'])
    expect((await at.auditor.tenant.list.query({ search: 'HOO' })).items).toMatchObject([{ id: 'hooli' }])
    const byUse = await at.auditor.tenant.list.query({ sort: 'usedRatio', direction: 'desc' })
    expect(byUse.items).toMatchObject([{ id: 'tickwatch' }, { id: 'hooli' }, { id: 'acme' }])
    const elsewhere = at.auditor.tenant.list.query({ cursor: 'bm9uc2Vuc2U' })
    await expect(elsewhere).rejects.toMatchObject(coded('cursor-invalid'))
  })
})
