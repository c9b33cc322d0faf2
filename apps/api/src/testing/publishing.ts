import { parseManifest, type Ring } from '@tickwatch/policy'
import { expect, vi } from 'vitest'
import type { Client, TestApi } from './testApi.ts'

/** The limit that the edits change. The tenant's envelope must allow 1,000 and more of it. */
export const rate = 'ingest.samplesPerSecond'
/** The publisher, the promoter and the reconciler look every 4 s. */
export const soon = { timeout: 40_000, interval: 20 }

/**
 * Edits of a tenant's quota, and how far they are published.
 * @param parts reads what `beforeAll` started: `admin` is an admin of the tenant.
 */
export function publishingOf(parts: () => { api: TestApi; admin: Client; auditor: Client }) {
  let value = 1_000
  /** Saves an edit. @returns its revision. */
  async function save(): Promise<number> {
    value += 1
    const { admin } = parts()
    const { revision: baseRevision } = await admin.quota.current.query()
    await admin.quota.propose.mutate({ limits: { [rate]: value }, reason: 'a test of it', baseRevision })
    return baseRevision + 1
  }
  /** @returns the version that carries a revision, once it is compiled. */
  const compiled = (revision: number): Promise<number> =>
    vi.waitFor(async () => {
      const { version } = await parts().admin.policy.propagation.query({ revision })
      return version ?? expect.fail('not compiled')
    }, soon)
  /** The version in a ring's manifest. */
  const published = (ring: Ring) => parseManifest(parts().api.manifest(ring) ?? '{}').version
  const stateOf = (version: number) => parts().auditor.policy.versionPropagation.query({ version })
  return {
    save,
    compiled,
    edit: async () => compiled(await save()),
    published,
    publishedTo: (ring: Ring, version: number) => vi.waitFor(() => expect(published(ring)).toBe(version), soon),
    stateOf,
    /** The API records what it did a moment after the gateways can see it. */
    becomes: (state: string, version: number) =>
      vi.waitFor(async () => expect((await stateOf(version)).state).toBe(state), soon),
    /** The drift of the gateways that report: a test gateway reports only when the test says so. */
    drift: async () => (await parts().auditor.policy.drift.query()).filter(({ state }) => state !== 'away'),
    /** Audit events, newest first. */
    events: async (action: string) => (await parts().auditor.audit.list.query({ action })).items,
    /** The gauge from which the alert TickwatchPublisherStuck is computed. */
    async unpublishedSeconds(): Promise<number> {
      const metrics = await (await fetch(`${parts().api.urls().portalUrl}/metrics`)).text()
      return Number(/^tickwatch_policy_unpublished_seconds (.*)$/m.exec(metrics)?.[1])
    },
  }
}
