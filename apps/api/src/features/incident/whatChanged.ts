import { changes, envelopeOf, type Incident, type MadeChanges, type PlatformTx, slos } from '@tickwatch/db'
import { type Bounds, limitDefinitions, limitNames } from '@tickwatch/policy'
import { platformTenant } from '@tickwatch/slo'
import { changeWords } from '../notice/notice.rules.ts'
import { ownRollout, rolloutSuspects } from './rolloutSuspects.ts'
import { sloSuspects } from './sloSuspects.ts'
import {
  type ChangeKind,
  type IncidentPlace,
  type RankedChange,
  type Revert,
  rankChanges,
} from './whatChanged.rules.ts'

/** How long before an incident a change may be its cause. */
const beforeMs = 2 * 3_600_000
/** Of each kind of change, the newest. */
const most = 200
const sloVersionsMost = 20

type Wave = { ring: string; publishedAt: Date | null }
type Common = Omit<RankedChange, 'id' | 'at' | 'savedAt' | 'kind' | 'title'>
const nowhere: Common = {
  ...{ by: null, reason: null, diff: [], tenantId: null, gateways: [], rings: [], zones: [], revert: null, path: null },
  wasPublished: true,
}

/** The changes of the two hours before an incident, the most suspect first. */
export async function whatChanged(
  tx: PlatformTx,
  incident: Pick<Incident, 'labels' | 'beganAt' | 'slo' | 'owner'> & { tenants: readonly string[] },
): Promise<ReturnType<typeof rankChanges>> {
  const { beganAt, labels, tenants, slo, owner } = incident
  const times = { from: new Date(beganAt.getTime() - beforeMs), to: beganAt }
  const made = await changes.between(tx, times, auditedActions, most)
  const isOurSlo = slo !== null && owner === platformTenant
  const versions = isOurSlo ? (await slos.versions(tx, slo, { pageSize: sloVersionsMost })).items : []
  const gateways = [labels.gateway, labels.gateway_id].filter((id) => id !== undefined)
  const places = gateways.length > 0 ? await changes.placesOf(tx, gateways) : []
  const named = (name: string) => (labels[name] === undefined ? [] : [labels[name]])
  const place: IncidentPlace = {
    ...{ beganAt, tenants, gateways },
    rings: [...named('ring'), ...places.map(({ ring }) => ring)],
    zones: [...named('zone'), ...places.map(({ zone }) => zone)],
  }
  const ofSlo = isOurSlo ? sloSuspects(slo, versions, times) : []
  const ranked = rankChanges([...changesOf(made, place), ...(await rolloutSuspects(tx, times)), ...ofSlo], place)
  const own = await ownRollout(tx, incident)
  return own === null ? ranked : [own, ...ranked.filter(({ id }) => !id.startsWith(`${own.id}/`))]
}

/** Brings the changes of all kinds into one form. */
export function changesOf(made: MadeChanges, place: IncidentPlace): RankedChange[] {
  /** When it was last published to a ring that this is about, before the incident began; if it was not, when it was saved. */
  const inPolicy = (waves: readonly Wave[], savedAt: Date): Pick<RankedChange, 'at' | 'savedAt' | 'wasPublished'> => {
    const times = waves
      .filter(({ ring }) => place.rings.length === 0 || place.rings.includes(ring))
      .flatMap(({ publishedAt }) => (publishedAt && publishedAt <= place.beganAt ? [publishedAt] : []))
    const at = times.toSorted((a, b) => b.getTime() - a.getTime())[0]
    return { at: at ?? savedAt, savedAt, wasPublished: at !== undefined }
  }
  const quotas = made.quotas.map((revision): RankedChange => {
    const { tenantId, by, reason, changes: limits } = revision
    const raised = limits.length > 0 && limits.every(({ from, to }) => to > from)
    return {
      ...{ ...nowhere, tenantId, reason, by: by.name, path: `/t/${tenantId}/quotas` },
      id: `quota/${tenantId}/${revision.revision}`,
      ...inPolicy(revision.waves, revision.createdAt),
      kind: raised ? 'limitsRaised' : 'limitsLowered',
      title: `${by.name} ${revision.endsAt ? 'boosted' : raised ? 'raised' : 'lowered'} limits of ${tenantId}: ${changeWords(limits)}`,
      diff: limits.map(({ limit, from, to }) => ({
        what: `${limitDefinitions[limit].title} (${limitDefinitions[limit].unit})`,
        ...{ from: exact(from), to: exact(to) },
      })),
      revert: { what: 'quota', tenantId, revision: revision.revision },
    }
  })
  const audited = made.audited.flatMap((act): RankedChange[] => {
    const { tenantId, by, reason, seq, at } = act
    const common = { ...nowhere, tenantId, reason, by: by.name, id: `audit/${seq}`, at, savedAt: at }
    if (act.action === 'policy.rollBack') {
      const title = `${by.name} rolled the fleet back to ${act.target}`
      return [{ ...common, kind: 'rollback', title, path: '/gateways', revert: rollbackTo(act.versionBefore) }]
    }
    if (tenantId === null) return []
    if (act.action === 'tenant.setEnvelope') {
      return [
        {
          ...{ ...common, kind: 'envelope', title: `${by.name} changed the envelope of ${tenantId}` },
          diff: envelopeDiff(act.before, act.after),
          ...{ revert: { what: 'envelope', tenantId, seq }, path: `/tenants/${tenantId}/envelope` },
        },
      ]
    }
    const known = tenantActs[act.action]
    if (!known) return []
    // The row of the change is written a moment before its audit event, in the same transaction.
    const row = made.tenants.find((one) => one.tenantId === tenantId && isSoonAfter(one.createdAt, at))
    return [
      {
        ...{ ...common, kind: known.kind, ...(row ? inPolicy(row.waves, row.createdAt) : {}) },
        title: `${by.name} ${known.words(tenantId)}`,
        revert: revertOf(known.kind, tenantId, act),
        path: act.action.startsWith('reader') ? `/t/${tenantId}/readers` : `/tenants?tenant=${tenantId}`,
      },
    ]
  })
  // A version is listed only if what it carries is not.
  const carried = new Set([...made.quotas, ...made.tenants].map(({ policyVersion }) => policyVersion))
  const versions = made.versions
    .filter(({ version }) => !carried.has(version))
    .map((each): RankedChange => {
      const rings = each.waves.flatMap(({ ring, publishedAt }) =>
        publishedAt && publishedAt <= place.beganAt ? [ring] : [],
      )
      const { version, causesTotal } = each
      return {
        ...{ ...nowhere, rings, kind: 'version', id: `version/${version}`, path: '/gateways' },
        revert: rollbackTo(each.versionBefore),
        title: `Policy version ${version} with ${causesTotal === 1 ? '1 change' : `${exact(causesTotal)} changes`} was published`,
        ...inPolicy(each.waves, each.createdAt),
      }
    })
  const gateways = made.gateways.map((start): RankedChange => {
    const { gatewayId, softwareVersion, previousVersion, startedAt } = start
    const isNew = previousVersion !== null && previousVersion !== softwareVersion
    const kind = isNew ? 'gatewayNew' : start.previousLeft === false ? 'gatewayLost' : 'gatewayRestarted'
    return {
      ...{ ...nowhere, kind, gateways: [gatewayId], rings: [start.ring], zones: [start.zone] },
      ...{ id: `gateway/${gatewayId}/${startedAt.toISOString()}`, at: startedAt },
      ...{ savedAt: startedAt, path: `/gateways/${gatewayId}` },
      title: isNew
        ? `Gateway ${gatewayId} started with another version`
        : `Gateway ${gatewayId} ${kind === 'gatewayLost' ? 'started again after it was lost' : 'started again'}`,
      diff: isNew ? [{ what: 'software version', from: previousVersion, to: softwareVersion }] : [],
    }
  })
  return [...quotas, ...audited, ...versions, ...gateways]
}

const rollbackTo = (version: number | null): Revert | null => (version === null ? null : { what: 'rollback', version })

function revertOf(
  kind: ChangeKind,
  tenantId: string,
  { target, after }: MadeChanges['audited'][number],
): Revert | null {
  if (kind === 'suspended') return { what: 'suspension', tenantId }
  const id = Object(after).id as unknown
  return kind === 'readerCreated' && typeof id === 'string' ? { what: 'reader', tenantId, id, name: target } : null
}

type TenantAct = { kind: ChangeKind; words(tenantId: string): string }
const tenantActs: Readonly<Record<string, TenantAct | undefined>> = {
  'tenant.create': { kind: 'tenantCreated', words: (id) => `created the tenant ${id}` },
  'tenant.suspend': { kind: 'suspended', words: (id) => `suspended ${id}` },
  'tenant.resume': { kind: 'resumed', words: (id) => `resumed ${id}` },
  'reader.create': { kind: 'readerCreated', words: (id) => `created a reader’s token of ${id}` },
  'reader.revoke': { kind: 'readerRevoked', words: (id) => `revoked a reader’s token of ${id}` },
}
/** Acts whose details are in the audit log. */
export const auditedActions = ['tenant.setEnvelope', 'policy.rollBack', ...Object.keys(tenantActs)]

const isSoonAfter = (row: Date, event: Date) => Math.abs(event.getTime() - row.getTime()) < 5_000
const exact = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 0 })

function envelopeDiff(before: unknown, after: unknown): RankedChange['diff'] {
  const [from, to] = [envelopeOf(before), envelopeOf(after)]
  return limitNames.flatMap((limit) => {
    const [old, now] = [boundsWords(from[limit]), boundsWords(to[limit])]
    return old === now ? [] : [{ what: limitDefinitions[limit].title, from: old, to: now }]
  })
}
const boundsWords = (bounds: Bounds | undefined): string | null =>
  bounds === undefined ? null : `${exact(bounds.min)} to ${exact(bounds.max)}`
