import type { BundleSource, LimitChange, Manifest, Ring, Wave } from '@tickwatch/policy'
import { NotFound } from './errors.ts'
import { Prisma } from './generated/client.ts'
import type { Person } from './json.ts'
import { decodeCursor, encodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { type PolicyVersionProgress, progressColumns, type WaveProgress } from './policyProgress.repository.ts'
import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

/** A change that a version carries. */
export type PolicyCause = {
  kind: 'quota' | 'tenant' | 'reader'
  tenantId: string
  /** The quota's revision. Null if a tenant was created, suspended or resumed, or a token created or revoked. */
  revision: number | null
  by: Person
  /** Absent if the change needed no approval. */
  approvedBy?: Person
  /** Which limits changed. Absent if no limit did, and in versions of earlier releases. */
  changes?: LimitChange[]
  reason: string
}

export type VersionWave = Wave &
  WaveProgress & {
    /** When it was decided to publish the version to the ring; null while it waits for earlier waves. */
    dueAt: Date | null
  }

export type PolicyVersion = Omit<PolicyVersionProgress, 'waves'> & {
  waves: VersionWave[]
  /** Length of the bundle's canonical JSON. */
  bytes: number
  tenants: number
  /** Base64 DER ECDSA P-256. */
  signature: string
  keyId: string
  manifest: Manifest
  causes: PolicyCause[]
  /** Hex SHA-256 of the bundle without its version. If it is equal, nothing changed. */
  sourceHash: string
}
export type NewPolicyVersion = Omit<PolicyVersion, 'state' | 'waves' | 'enforcedAt' | 'held'> & {
  waves: readonly Wave[]
}

/** The number of the next version. A number is never used twice; one that is not used leaves a gap. */
export async function nextVersion(tx: WorkerTx): Promise<number> {
  const [row] = await clientOf(tx).$queryRaw<{ version: bigint }[]>`
    SELECT nextval('public.policy_version_version_seq') AS version`
  return Number(row?.version)
}

/** A saved change that no version carries yet. */
export type PendingCause = PolicyCause & { savedAt: Date; tenantChangeId: number | null }
export type PolicySource = Pick<BundleSource, 'platformDefaults' | 'tenants'> & {
  /** Oldest first. */
  pending: PendingCause[]
}

type PendingRow = Omit<PendingCause, 'savedAt' | 'approvedBy' | 'changes'> & {
  savedAt: string
  approvedBy: Person | null
  changes: LimitChange[] | null
}

/**
 * All tenants with their own limits and live tokens, and the changes that wait for a version. One statement reads all
 * of it, so it is from one moment. Tokens that expired before `now` are left out. An expiry needs no new version,
 * because gateways check the time themselves.
 */
export async function source(tx: WorkerTx, now: Date): Promise<PolicySource> {
  const [row] = await clientOf(tx).$queryRaw<{ source: string }[]>`
    SELECT json_build_object(
      'platformDefaults', (SELECT limits FROM public.platform_defaults),
      'tenants', (
        SELECT coalesce(json_agg(json_build_object('id', t.id, 'status', t.status, 'limits', q.limits,
          'readers', coalesce(r.readers, '[]')) ORDER BY t.id), '[]')
        FROM public.tenant t JOIN public.tenant_quota q ON q.tenant_id = t.id
          LEFT JOIN (
            SELECT tenant_id, json_agg(json_build_object('name', name, 'sha256', sha256,
              'expiresAt', to_char(expires_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) AS readers
            FROM public.reader_token WHERE revoked_at IS NULL AND expires_at > ${now} GROUP BY tenant_id
          ) r ON r.tenant_id = t.id),
      'pending', (
        SELECT coalesce(json_agg(p ORDER BY p."savedAt"), '[]') FROM (
          SELECT 'quota' AS kind, tenant_id AS "tenantId", revision, created_at AS "savedAt", reason,
            json_build_object('subject', by_subject, 'name', by_name) AS by, CASE WHEN approved_by_subject IS NOT NULL
              THEN json_build_object('subject', approved_by_subject, 'name', approved_by_name) END AS "approvedBy",
            changes, NULL::bigint AS "tenantChangeId"
          FROM public.quota_revision WHERE policy_version IS NULL
          UNION ALL
          SELECT CASE WHEN reader_token_id IS NULL THEN 'tenant' ELSE 'reader' END, tenant_id, NULL, created_at, reason,
            json_build_object('subject', by_subject, 'name', by_name), NULL, NULL, id
          FROM public.tenant_change WHERE policy_version IS NULL) p)
    )::text AS source`
  const { platformDefaults, tenants, pending } = JSON.parse(row?.source ?? 'null') as Omit<PolicySource, 'pending'> & {
    pending: PendingRow[]
  }
  return {
    platformDefaults,
    tenants,
    pending: pending.map(({ approvedBy, changes, savedAt, ...cause }) => ({
      ...cause,
      ...(approvedBy ? { approvedBy } : {}),
      ...(changes ? { changes } : {}),
      savedAt: new Date(savedAt),
    })),
  }
}

/** Saves a signed version in state `compiled`, with its first wave due. Call {@link carry} in the same transaction. */
export async function insert(tx: WorkerTx, { waves, ...version }: NewPolicyVersion): Promise<void> {
  await clientOf(tx).policyVersion.create({ data: version })
  await clientOf(tx).policyVersionWave.createMany({
    data: waves.map(({ ring, holdSeconds }, position) => ({
      ...{ version: version.version, position, ring, holdSeconds },
      dueAt: position === 0 ? version.createdAt : null,
    })),
  })
}

/** Marks pending changes as carried by a version: a new one, or the newest one if the bundle did not change. */
export async function carry(tx: WorkerTx, version: number, causes: readonly PendingCause[]): Promise<void> {
  const client = clientOf(tx)
  const revisions = causes.flatMap(({ tenantId, revision }) => (revision === null ? [] : [{ tenantId, revision }]))
  await client.$executeRaw`
    UPDATE public.quota_revision q SET policy_version = ${version}::bigint
    FROM jsonb_to_recordset(${JSON.stringify(revisions)}::jsonb) AS c("tenantId" text, revision int)
    WHERE q.tenant_id = c."tenantId" AND q.revision = c.revision AND q.policy_version IS NULL`
  await client.tenantChange.updateMany({
    where: {
      id: { in: causes.flatMap((c) => (c.tenantChangeId === null ? [] : [c.tenantChangeId])) },
      policyVersion: null,
    },
    data: { policyVersion: version },
  })
}

export type PolicyVersionPatch = Partial<Pick<PolicyVersionProgress, 'state' | 'enforcedAt' | 'held'>>

/** @throws NotFound */
export async function update(tx: WorkerTx, version: number, patch: PolicyVersionPatch): Promise<void> {
  const { count } = await clientOf(tx).policyVersion.updateMany({ where: { version }, data: patch })
  if (count === 0) throw new NotFound(`there is no policy version ${version}`)
}

export type WavePatch = Partial<Pick<VersionWave, 'dueAt' | 'publishedAt' | 'enforcedAt'>>

/** @throws NotFound */
export async function updateWave(tx: WorkerTx, version: number, ring: Ring, patch: WavePatch): Promise<void> {
  const { count } = await clientOf(tx).policyVersionWave.updateMany({ where: { version, ring }, data: patch })
  if (count === 0) throw new NotFound(`policy version ${version} has no wave ${ring}`)
}

/** Adds waves to the end of a version's waves. @param dueAt null if they wait for the waves before them. */
export async function addWaves(
  tx: WorkerTx,
  version: number,
  added: readonly Wave[],
  dueAt: Date | null,
): Promise<void> {
  const { _max } = await clientOf(tx).policyVersionWave.aggregate({ where: { version }, _max: { position: true } })
  const first = (_max.position ?? -1) + 1
  await clientOf(tx).policyVersionWave.createMany({
    data: added.map(({ ring, holdSeconds }, i) => ({ version, position: first + i, ring, holdSeconds, dueAt })),
  })
}

/** Removes a version's waves of these rings, unless it was published there. */
export async function dropWaves(tx: WorkerTx, version: number, rings: readonly Ring[]): Promise<void> {
  await clientOf(tx).policyVersionWave.deleteMany({ where: { version, ring: { in: [...rings] }, publishedAt: null } })
}

/** Marks versions older than `version` that are still being published as superseded. @returns how many. */
export async function supersedeBefore(tx: WorkerTx, version: number): Promise<number> {
  const { count } = await clientOf(tx).policyVersion.updateMany({
    where: { version: { lt: version }, state: { in: ['compiled', 'publishing'] } },
    data: { state: 'superseded', held: null },
  })
  return count
}

/**
 * When the earliest change was saved that the publisher must still publish: no version carries it, or its version is
 * due for a ring but not published there. Null if there is none. A version that waits for gateways does not count.
 */
export async function owedSince(tx: PlatformTx): Promise<Date | null> {
  const [row] = await clientOf(tx).$queryRaw<{ since: Date | null }[]>`
    SELECT least(
      (SELECT min(created_at) FROM public.quota_revision WHERE policy_version IS NULL),
      (SELECT min(created_at) FROM public.tenant_change WHERE policy_version IS NULL),
      (SELECT min(saved_at) FROM public.policy_version WHERE state = 'compiled'),
      (SELECT min(w.due_at) FROM public.policy_version_wave w JOIN public.policy_version v ON v.version = w.version
        WHERE v.state = 'publishing' AND w.published_at IS NULL)
    ) AS since`
  return row?.since ?? null
}

const include = { waves: { orderBy: { position: 'asc' } } } as const satisfies Prisma.PolicyVersionInclude
type Row = Prisma.PolicyVersionGetPayload<{ include: typeof include }>

/** The newest version, in any state; null before the first. */
export async function latest(tx: PlatformTx): Promise<PolicyVersion | null> {
  const row = await clientOf(tx).policyVersion.findFirst({ include, orderBy: { version: 'desc' } })
  return row && policyVersionOf(row)
}

export async function byVersion(tx: PlatformTx, version: number): Promise<PolicyVersion | null> {
  const row = await clientOf(tx).policyVersion.findUnique({ where: { version }, include })
  return row && policyVersionOf(row)
}

/** The newest version that was published to all its rings; null before the first. */
export const publishedToAll = (tx: PlatformTx) => newestWithoutWave(tx, Prisma.sql`w.published_at IS NULL`)

/** The newest version that is due at all its rings, if not published there; null before the first. */
export const dueAtAll = (tx: PlatformTx) => newestWithoutWave(tx, Prisma.sql`w.due_at IS NULL`)

async function newestWithoutWave(tx: PlatformTx, condition: Prisma.Sql): Promise<PolicyVersion | null> {
  const [newest] = await clientOf(tx).$queryRaw<{ version: bigint }[]>`
    SELECT v.version FROM public.policy_version v
    WHERE NOT EXISTS (SELECT FROM public.policy_version_wave w WHERE w.version = v.version AND ${condition})
    ORDER BY v.version DESC LIMIT 1`
  const row = newest && (await clientOf(tx).policyVersion.findUnique({ where: newest, include }))
  return row ? policyVersionOf(row) : null
}

/** The versions that are being published (`compiled`, `publishing`), oldest first. */
export async function underway(tx: PlatformTx): Promise<PolicyVersion[]> {
  const rows = await clientOf(tx).policyVersion.findMany({
    where: { state: { in: ['compiled', 'publishing'] } },
    include,
    orderBy: { version: 'asc' },
  })
  return rows.map(policyVersionOf)
}

/**
 * Since when the ring `next` waits for `ring`: when this version, or an earlier one that it superseded, was published
 * to `ring`. The time starts again after a refused version and after one that every gateway enforced.
 * @returns null before the publication to `ring`.
 */
export async function heldSince(tx: PlatformTx, version: number, ring: Ring, next: Ring): Promise<Date | null> {
  const [row] = await clientOf(tx).$queryRaw<{ since: Date | null }[]>`
    SELECT min(w.published_at) AS since
    FROM public.policy_version_wave w JOIN public.policy_version v ON v.version = w.version
    WHERE w.ring = ${ring} AND v.version <= ${version}::bigint AND v.state IN ('publishing', 'superseded')
      AND v.version > coalesce((SELECT desired_version FROM public.ring_state WHERE ring = ${next}), 0)
      AND v.version > coalesce((SELECT max(version) FROM public.policy_version
        WHERE state IN ('refused', 'enforced') AND version < ${version}::bigint), 0)`
  return row?.since ?? null
}

/** A version in a list, with its first causes: a rollback of the fleet may have one for each of thousands of tenants. */
export type PolicyVersionSummary = PolicyVersionProgress &
  Pick<PolicyVersion, 'bytes' | 'tenants' | 'causes'> & { moreCauses: number }

const causesListed = 100

/** Newest first. @param request.upTo the newest version that may be listed @throws BadCursor */
export async function list(
  tx: PlatformTx,
  request: PageRequest & { upTo?: number | undefined },
): Promise<Page<PolicyVersionSummary>> {
  const before = decodeCursor(request.cursor, ['int8'])?.[0]
  const upTo = request.upTo === undefined ? {} : { lte: request.upTo }
  const version = typeof before === 'number' ? { lt: before, ...upTo } : upTo
  const client = clientOf(tx)
  const rows = await client.policyVersion.findMany({
    where: { version },
    select: { ...progressColumns, bytes: true, tenants: true },
    orderBy: { version: 'desc' },
    take: request.pageSize + 1,
  })
  const causes = await client.$queryRaw<{ version: bigint; causes: PolicyCause[]; moreCauses: number }[]>`
    SELECT version, jsonb_path_query_array(causes, ${`$[0 to ${causesListed - 1}]`}::jsonpath) AS causes,
      greatest(jsonb_array_length(causes) - ${causesListed}::int, 0) AS "moreCauses"
    FROM public.policy_version WHERE version = ANY (${rows.map(({ version }) => version)}::bigint[])`
  const causesOf = new Map(causes.map((of) => [of.version, of]))
  const key = (row: (typeof rows)[number]) => [Number(row.version)]
  return toPage(rows, request.pageSize, key, (row) => ({
    ...row,
    version: Number(row.version),
    causes: causesOf.get(row.version)?.causes ?? [],
    moreCauses: causesOf.get(row.version)?.moreCauses ?? 0,
  }))
}

/** The cursor of the page of {@link list} that begins with a version. */
export const versionCursor = (version: number): string => encodeCursor([version + 1])

function policyVersionOf(row: Row): PolicyVersion {
  return {
    ...row,
    version: Number(row.version),
    // Not parsed: a newer API may have written it in a format that this one can't read, but must still publish.
    manifest: row.manifest as Manifest,
    causes: row.causes as PolicyCause[],
  }
}
