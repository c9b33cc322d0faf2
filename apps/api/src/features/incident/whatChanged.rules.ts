/** A change that may have caused an incident. */
export type RankedChange = {
  /** The same for the same change, however often it is read. */
  id: string
  /** When it took effect, as far as that is known; otherwise when it was saved. */
  at: Date
  savedAt: Date
  /** False if a policy carries it that, as far as is known, was not published where the incident is before that began. */
  wasPublished: boolean
  kind: ChangeKind
  /** What was done, such as *Mara lowered …*, without a full stop. */
  title: string
  by: string | null
  reason: string | null
  diff: { what: string; from: string | null; to: string | null }[]
  /** The tenant that it changed; null if it changed all or none. */
  tenantId: string | null
  /** Where it took effect; empty if it was everywhere. */
  gateways: string[]
  rings: string[]
  zones: string[]
  revert: Revert | null
  /** A page of the portal that shows it. */
  path: string | null
}
export type ChangeKind =
  | 'limitsLowered'
  | 'limitsRaised'
  | 'suspended'
  | 'resumed'
  | 'readerRevoked'
  | 'readerCreated'
  | 'tenantCreated'
  | 'envelope'
  | 'version'
  | 'rollback'
  | 'gatewayNew'
  | 'gatewayLost'
  | 'gatewayRestarted'
  /** A wave of a rollout began, or a rollout takes its image back. */
  | 'rolloutWave'
  | 'rolloutBack'
  /** A change of the SLO whose alerts opened the incident. Changes of other SLOs are not listed. */
  | 'sloChanged'
  | 'sloWeakened'
  | 'sloMade'
/** What *revert* does. */
export type Revert =
  | { what: 'quota'; tenantId: string; revision: number }
  | { what: 'suspension'; tenantId: string }
  | { what: 'envelope'; tenantId: string; seq: number }
  /** Revokes a token that was created. */
  | { what: 'reader'; tenantId: string; id: string; name: string }
  /** Rolls the fleet back to a policy version. */
  | { what: 'rollback'; version: number }
  /** Saves what was before this version of an SLO. */
  | { what: 'slo'; id: string; version: number }

/** What an incident is about, as far as changes can overlap with it. */
export type IncidentPlace = {
  beganAt: Date
  tenants: readonly string[]
  gateways: readonly string[]
  rings: readonly string[]
  zones: readonly string[]
}

/**
 * How likely a kind of change does harm to what it touches, from 0 to 1. An envelope changes what may be set later, and no policy.
 * An SLO does no harm, but what it asks decides whether its alerts fire; what is only weaker fires none.
 */
const harmOf: Readonly<Record<ChangeKind, number>> = {
  ...{ suspended: 1, limitsLowered: 1, rollback: 1, gatewayNew: 1, version: 0.9, gatewayLost: 0.8, readerRevoked: 0.8 },
  ...{ limitsRaised: 0.6, resumed: 0.6, gatewayRestarted: 0.5, readerCreated: 0.3, tenantCreated: 0.2, envelope: 0.1 },
  ...{ sloChanged: 1, sloMade: 0.3, sloWeakened: 0.05, rolloutWave: 1, rolloutBack: 0.7 },
}
/** A change that is so much older is half as suspect. */
const halvedAfterMinutes = 20
/** More than 0: a policy may be enforced before its publication is recorded, if the process that records it dies. */
const notPublished = 0.1
/** If an incident harms more tenants, one tenant's change is hardly the cause for all of them. */
const fewTenants = 3

type Overlap = { weight: number; why: string }

const sloWhy: Readonly<Partial<Record<ChangeKind, string>>> = {
  sloChanged: 'It changed the SLO of these alerts, which may fire because of that and not because of new harm',
  sloWeakened: 'It only made the SLO of these alerts weaker, which lets no alert fire',
  sloMade: 'It made the SLO of these alerts, so nobody was told of such harm before',
}

/** What a change and an incident have in common. */
function overlapOf(change: RankedChange, place: IncidentPlace): Overlap {
  const { tenantId, kind } = change
  const why = sloWhy[kind]
  if (why !== undefined) return { weight: 1, why }
  const { tenants } = place
  if (tenantId !== null) {
    if (tenants.length === 0)
      return { weight: 0.4, why: `It concerns ${tenantId}, one of the tenants that share what is harmed` }
    if (!tenants.includes(tenantId)) return elsewhere(change, tenants)
    if (tenants.length > fewTenants) {
      return {
        weight: 0.3,
        why: `It concerns ${tenantId}, one of the ${tenants.length} tenants that this incident harms`,
      }
    }
    return { weight: 1, why: `It concerns ${tenantId}, which this incident harms` }
  }
  const common = (own: readonly string[], of: readonly string[]) => own.find((one) => of.includes(one))
  const gateway = common(change.gateways, place.gateways)
  if (gateway !== undefined) return { weight: 1, why: `It concerns the gateway ${gateway}, as this incident does` }
  const ring = common(change.rings, place.rings)
  if (ring !== undefined) return { weight: 0.8, why: `It took effect in the ring ${ring}, where the harm is` }
  const zone = common(change.zones, place.zones)
  if (zone !== undefined) return { weight: 0.6, why: `It took effect in the zone ${zone}, where the harm is` }
  const isPlaced = place.gateways.length + place.rings.length + place.zones.length > 0
  const where = change.gateways[0]
  if (where !== undefined) {
    return isPlaced
      ? { weight: 0.1, why: `It concerns the gateway ${where}, and the harm is at another one` }
      : { weight: 0.5, why: `It concerns the gateway ${where}, which serves all tenants` }
  }
  if (change.rings.length > 0 && place.rings.length > 0) {
    return {
      weight: 0.1,
      why: `It took effect in the ring ${change.rings.join(' and ')} only, and the harm is elsewhere`,
    }
  }
  return { weight: tenants.length > fewTenants || tenants.length === 0 ? 0.9 : 0.5, why: 'It concerns all tenants' }
}

function elsewhere({ tenantId, kind }: RankedChange, tenants: readonly string[]): Overlap {
  const others = `It concerns ${tenantId}, which this incident does not harm`
  // Only more load from one tenant reaches another one.
  return kind === 'limitsRaised'
    ? {
        weight: 0.3,
        why: `${others}, but more load of ${tenantId} may slow down ${tenants.length === 1 ? tenants[0] : 'others'}`,
      }
    : { weight: 0.05, why: others }
}

/**
 * Ranks changes by how likely each caused an incident: by what they have in common with it, how harmful such a change may be,
 * how shortly before the incident it came, and whether it was published by then. A change after the incident began can't be
 * its cause and is left out. Of changes that are as suspect, the one saved last comes first: it is the one that gateways enforce.
 * @returns the most suspect first, each with the reason in words, one sentence.
 */
export function rankChanges(
  changes: readonly RankedChange[],
  place: IncidentPlace,
): (RankedChange & { why: string })[] {
  const beganMs = place.beganAt.getTime()
  return changes
    .filter(({ at }) => at.getTime() <= beganMs)
    .map((change) => {
      const minutes = (beganMs - change.at.getTime()) / 60_000
      const { weight, why } = overlapOf(change, place)
      const score = weight * harmOf[change.kind] * 0.5 ** (minutes / halvedAfterMinutes)
      const before = `${ago(minutes)} before the incident began`
      const there = place.rings.length > 0 ? ` to ${place.rings.join(' and ')}` : ''
      return change.wasPublished
        ? { score, ranked: { ...change, why: `${why}, and came ${before}.` } }
        : {
            score: score * notPublished,
            ranked: { ...change, why: `${why}, and was saved ${before}, but not published${there} by then.` },
          }
    })
    .toSorted(
      (a, b) =>
        b.score - a.score ||
        b.ranked.savedAt.getTime() - a.ranked.savedAt.getTime() ||
        (a.ranked.id < b.ranked.id ? -1 : 1),
    )
    .map(({ ranked }) => ranked)
}

function ago(minutes: number): string {
  if (minutes < 1) return `${Math.round(minutes * 60)} s`
  if (minutes < 60) return `${Math.round(minutes)} min`
  return `${Math.floor(minutes / 60)} h ${Math.round(minutes % 60)} min`.replace(' 0 min', '')
}
