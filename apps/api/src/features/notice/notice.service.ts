import { type Database, notices } from '@tickwatch/db'
import { isTenantRole } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import type { NoticesView, seenInput } from './notice.types.ts'

export type NoticeService = {
  /** What the bell shows to this person: of each tenant of theirs, of the platform if they have a role there. */
  list(caller: Caller): Promise<NoticesView>
  /** The person has looked at the bell. */
  seen(caller: Caller, input: z.output<typeof seenInput>): Promise<{ throughId: number }>
}

const shownMax = 30
/** Each tenant is read in a transaction of its own. A person has few; the newest notices of the others are in their pages. */
const tenantsMax = 20

export function createNoticeService(db: Database): NoticeService {
  return {
    async list({ subject, held }) {
      const isPlatformPerson = held.some(({ role }) => !isTenantRole(role))
      const tenantIds = [...new Set(held.flatMap(({ tenantId }) => tenantId ?? []))].slice(0, tenantsMax)
      const lists = await Promise.all([
        ...tenantIds.map((id) => db.tenant(id, (tx) => notices.ofTenant(tx, id, subject, shownMax))),
        ...(isPlatformPerson ? [db.platform((tx) => notices.ofPlatform(tx, subject, shownMax))] : []),
      ])
      const seenId = await db.platform((tx) => notices.seenId(tx, subject))
      // A notice for one person is in the platform's list and in that of its tenant.
      const all = [...new Map(lists.flat().map((notice) => [notice.id, notice])).values()]
      const items = all
        .toSorted((a, b) => b.id - a.id)
        .slice(0, shownMax)
        .map(({ id, kind, severity, tenantId, title, text, path, createdAt }) => ({
          ...{ id, kind, severity, tenantId, title, text, path, isNew: id > seenId },
          createdAt: createdAt.toISOString(),
        }))
      return { items, newCount: items.filter(({ isNew }) => isNew).length }
    },

    seen: ({ subject }, { throughId }) =>
      db.platform(async (tx) => {
        await notices.setSeen(tx, subject, throughId)
        return { throughId }
      }),
  }
}
