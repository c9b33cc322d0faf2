import { type Incident, type PlatformTx, rollouts, type StoredRolloutEvent } from '@tickwatch/db'
import { planSchema } from '@tickwatch/rollout'
import { rolloutLabel } from './incident.words.ts'
import type { ChangeKind, RankedChange } from './whatChanged.rules.ts'

/** What changes instances. While a wave goes on, nothing else of a rollout does. */
const kinds: Readonly<Record<string, { kind: ChangeKind; words: string }>> = {
  'wave started': { kind: 'rolloutWave', words: 'brought' },
  'rolling back': { kind: 'rolloutBack', words: 'takes back' },
}
/** Each rollout has a few waves. */
const most = 200

type Seen = StoredRolloutEvent & Awaited<ReturnType<typeof rollouts.eventsBetween>>[number]

/** What rollouts changed in a time, the newest first. */
export async function rolloutSuspects(tx: PlatformTx, times: { from: Date; to: Date }): Promise<RankedChange[]> {
  const found = await rollouts.eventsBetween(tx, times, Object.keys(kinds), most)
  const plans = new Map<string, Place[]>()
  for (const { rollout } of found) {
    if (!plans.has(rollout.id)) plans.set(rollout.id, await placesOf(tx, rollout.id))
  }
  return found.flatMap((event) => changeOf(event, plans.get(event.rollout.id) ?? []))
}

/** The same without where they took effect, which is not read then. */
export const rolloutMarks = async (tx: PlatformTx, times: { from: Date; to: Date }): Promise<RankedChange[]> =>
  (await rollouts.eventsBetween(tx, times, Object.keys(kinds), most)).flatMap((event) => changeOf(event, []))

/** The rollout because of which an incident opened, whenever that was; null if it opened for another reason. */
export async function ownRollout(
  tx: PlatformTx,
  { labels, slo, beganAt }: Pick<Incident, 'labels' | 'slo' | 'beganAt'>,
): Promise<(RankedChange & { why: string }) | null> {
  const number = Number(labels[rolloutLabel])
  if (slo !== null || !Number.isSafeInteger(number) || number < 1) return null
  const stored = await rollouts.byNumber(tx, number)
  const brief = stored && (await rollouts.briefs(tx, [stored.id])).get(stored.id)
  if (!stored || !brief) return null
  const at = stored.startedAt ?? stored.createdAt
  const { image, by, reason } = brief
  return {
    ...nowhere,
    ...{
      id: `rollout/${stored.id}`,
      at,
      savedAt: at,
      kind: 'rolloutWave',
      by: by.name,
      reason,
      path: `/rollouts/${number}`,
    },
    title: `Rollout ${number} of ${image.name} ${image.version} to ${brief.environment}`,
    why: `This incident is about it: it began at ${at.toISOString().slice(11, 16)} UTC and was undone at ${beganAt.toISOString().slice(11, 16)} UTC.`,
  }
}

const nowhere = {
  ...{ wasPublished: true, diff: [], tenantId: null, gateways: [], rings: [], zones: [], revert: null },
} satisfies Partial<RankedChange>

type Place = { wave: string; rings: string[]; zones: string[] }

/** Where each wave takes effect. None if this release can’t read the plan. */
async function placesOf(tx: PlatformTx, id: string): Promise<Place[]> {
  const plan = planSchema.safeParse((await rollouts.byId(tx, id))?.plan).data
  return (plan?.waves ?? []).map(({ name, groups }) => {
    const targets = plan?.targets.filter(({ group }) => groups.includes(group)) ?? []
    return {
      wave: name,
      rings: [...new Set(targets.map(({ ring }) => ring))],
      zones: [...new Set(targets.flatMap(({ zones }) => zones))],
    }
  })
}

function changeOf({ rollout, at, kind, words, position }: Seen, places: readonly Place[]): RankedChange[] {
  const known = kinds[kind]
  if (!known) return []
  const { id, number, image, environment, reason, by } = rollout
  // The engine's sentence begins with the name of the wave.
  const here = places.filter(({ wave }) => known.kind === 'rolloutBack' || words.startsWith(`The wave ${wave} starts:`))
  return [
    {
      ...nowhere,
      ...{ id: `rollout/${id}/${position}`, at, savedAt: at, kind: known.kind, by: by.name, reason },
      title: `Rollout ${number} ${known.words} ${image.name} ${image.version} in ${environment}: ${words.replace(/\.$/, '')}`,
      rings: [...new Set(here.flatMap(({ rings }) => rings))],
      zones: [...new Set(here.flatMap(({ zones }) => zones))],
      path: `/rollouts/${number}`,
    },
  ]
}
