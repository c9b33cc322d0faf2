import { randomUUID } from 'node:crypto'
import type { Change } from '@tickwatch/db'
import { type HeldRole, hasPermission } from '@tickwatch/policy'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import type { ChangeCounts } from './session.types.ts'

/** Pages ask again after each change, so a storm of them must not become a storm of questions. */
const restMs = 1_000
const everyMs = 60_000

/** What is counted: for the people of one tenant, or for the platform's. */
type Key = 'incidents' | 'slos' | 'notices' | 'resync' | `notices of ${string}` | `incidents of ${string}`

function keysOf({ kind, tenantId, tenantIds = [] }: Change): Key[] {
  if (kind === 'incident') return ['incidents', ...tenantIds.map((id): Key => `incidents of ${id}`)]
  if (kind === 'slo') return ['slos']
  if (kind === 'notice') return ['notices', ...(tenantId === undefined ? [] : [`notices of ${tenantId}` as const])]
  return kind === 'resync' ? ['resync'] : []
}

/** What each number of a person counts. Nobody hears of another tenant's notices, or of incidents that do not harm their tenant. */
function keysFor(held: readonly HeldRole[]): Record<keyof Omit<ChangeCounts, 'process'>, Key[]> {
  const isPlatformPerson = hasPermission(held, 'incident:read')
  const tenantIds = new Set(held.flatMap(({ tenantId }) => tenantId ?? []))
  const incidents: Key[] = isPlatformPerson ? ['incidents'] : [...tenantIds].map((id): Key => `incidents of ${id}`)
  return {
    // One of the platform's people may have asked for a change of any tenant, and hears that it was decided.
    notices: [
      ...(isPlatformPerson ? ['notices' as const] : [...tenantIds].map((id): Key => `notices of ${id}`)),
      'resync',
    ],
    incidents: [...incidents, 'resync'],
    // What fires is on the pages of SLOs too.
    slos: ['slos', ...incidents, 'resync'],
  }
}

/** Counts what changed that open pages show, so that they ask again at once. */
export function createChangeCounts(feed: Pick<ChangeFeed, 'follow' | 'listen'>) {
  const process = randomUUID()
  const counts = new Map<Key, number>()
  feed.listen((change) => {
    for (const key of keysOf(change)) counts.set(key, (counts.get(key) ?? 0) + 1)
  })
  const sum = (keys: readonly Key[]) => keys.reduce((total, key) => total + (counts.get(key) ?? 0), 0)
  const now = (held: readonly HeldRole[]): ChangeCounts => {
    const { notices, incidents, slos } = keysFor(held)
    return { process, notices: sum(notices), incidents: sum(incidents), slos: sum(slos) }
  }
  return {
    now,
    live(held: readonly HeldRole[], signal: AbortSignal): AsyncGenerator<ChangeCounts> {
      const all = new Set(Object.values(keysFor(held)).flat())
      const matters = (change: Change) => keysOf(change).some((key) => all.has(key))
      return feed.follow({ matters, read: async () => now(held), everyMs, restMs, signal })
    },
  }
}
