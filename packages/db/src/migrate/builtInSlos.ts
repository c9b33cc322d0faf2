import type { Json } from '@tickwatch/policy'
import type { Definition } from '@tickwatch/slo'
import type { Client } from 'pg'
import { auditBody } from '../audit.repository.ts'
import { definitionJson, sloEditLock } from '../slo.repository.ts'

const release = { subject: 'migrate', name: 'Tickwatch' }
/** The first namespace has room for the few that a release brings. */
const namespace = 0

/**
 * Saves the SLOs that a release brings. An SLO that a person changed or deleted stays as it is; one that nobody touched gets
 * what the release changed, with an audit event. Its first version has none: like a table, it comes with the release.
 */
export async function saveBuiltInSlos(owner: Client, definitions: readonly Definition[]): Promise<void> {
  // A test migrates only as far as an older release does.
  const { rows } = await owner.query<{ isThere: boolean }>(`SELECT to_regclass('public.slo') IS NOT NULL AS "isThere"`)
  if (!rows[0]?.isThere) return
  await owner.query('BEGIN')
  try {
    await owner.query('SELECT pg_advisory_xact_lock($1)', [sloEditLock])
    for (const definition of definitions) await save(owner, definition)
    await owner.query('COMMIT')
  } catch (cause) {
    await owner.query('ROLLBACK')
    throw cause
  }
}

async function save(owner: Client, definition: Definition): Promise<void> {
  const { id } = definition
  const json = JSON.stringify(definition)
  const { rows } = await owner.query<{ version: number; isOurs: boolean; isSame: boolean; before: Json }>(
    `SELECT s.version, v.by_subject = $2 AS "isOurs", v.definition IS NOT DISTINCT FROM $3::jsonb AS "isSame",
       v.definition AS before
     FROM public.slo s JOIN public.slo_version v ON v.slo_id = s.id AND v.version = s.version WHERE s.id = $1`,
    [id, release.subject, json],
  )
  const [head] = rows
  if (!head) {
    await owner.query('INSERT INTO public.slo (id, version, namespace) VALUES ($1, 1, $2)', [id, namespace])
    await insertVersion(owner, id, 1, json, 'It is built in.')
    return
  }
  if (!head.isOurs || head.isSame) return
  const version = head.version + 1
  const reason = 'This release changed it.'
  await owner.query('UPDATE public.slo SET version = $2 WHERE id = $1', [id, version])
  await insertVersion(owner, id, version, json, reason)
  const body = auditBody({
    ...{ occurredAt: new Date(), action: 'slo.release', tenantId: null, target: id, reason },
    ...{ actorKind: 'system', actor: release.subject, actorName: release.name, requestId: null, source: null },
    before: { version: head.version, definition: head.before },
    after: { version, definition: definitionJson(definition) },
  })
  await owner.query('SELECT public.audit_append_all($1)', [[body]])
}

const insertVersion = (owner: Client, id: string, version: number, json: string, reason: string) =>
  owner.query(
    `INSERT INTO public.slo_version (slo_id, version, created_at, by_subject, by_name, reason, definition)
     VALUES ($1, $2, clock_timestamp(), $3, $4, $5, $6)`,
    [id, version, release.subject, release.name, reason, json],
  )
