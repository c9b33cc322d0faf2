import type { ObjectStore } from '@tickwatch/aws'
import { type Database, policyVersions } from '@tickwatch/db'
import { type Bundle, limitNames } from '@tickwatch/policy'
import type { z } from 'zod'
import { notFound } from '../../shared/errors.ts'
import type { contentInput, VersionBundleView, VersionContentView } from './policy.types.ts'
import { readSigned } from './readContent.ts'

/** What a bundle holds for these tenants. */
export function contentOf(json: string, tenantIds: readonly string[]): VersionContentView {
  // Not read as a gateway does: an older version may hold values that are out of range by now.
  const { defaults, tenants } = JSON.parse(json) as Bundle
  return {
    tenants: tenantIds.map((tenantId) => {
      const tenant = Object.hasOwn(tenants, tenantId) ? tenants[tenantId] : undefined
      if (!tenant) return { tenantId, held: null }
      const { status, limits: own, readers = [] } = tenant
      const limits = limitNames.flatMap((limit) => {
        const value: number | undefined = own[limit] ?? defaults[limit]
        // The limit may be newer than the version.
        return value === undefined ? [] : [{ limit, value, own: typeof own[limit] === 'number' }]
      })
      return { tenantId, held: { status, limits, readers: readers.length } }
    }),
  }
}

export function createVersionBundles(db: Database, objects: Pick<ObjectStore, 'get'>) {
  async function bundle(version: number): Promise<VersionBundleView> {
    const known = await db.platform((tx) => policyVersions.byVersion(tx, version))
    if (!known) throw notFound('policy version')
    const { signature, keyId } = known
    return { json: await readSigned(objects, known), signature, keyId }
  }

  return {
    bundle,
    content: async ({ version, tenantIds }: z.output<typeof contentInput>): Promise<VersionContentView> =>
      contentOf((await bundle(version)).json, tenantIds),
  }
}
