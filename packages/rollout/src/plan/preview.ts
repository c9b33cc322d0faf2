import type { Group, Instance } from './fleet.ts'
import type { Plan, Wave } from './plan.ts'

/** What a wave does to one group. Auto Scaling chooses the order of the instances. */
export type GroupPreview = {
  group: string
  /** Those that are replaced, by zone and id. */
  replaces: { id: string; zone: string; templateVersion: string }[]
  /** Those that stay, and why. */
  keeps: { id: string; zone: string; why: string }[]
  /** How many are replaced at a time, and how many are in service meanwhile at least. */
  steps: { replaced: number; inServiceMin: number }[]
  /** After how many replaced instances it waits. */
  stopsAfter: number[]
  words: string[]
}
export type WavePreview = { wave: string; groups: GroupPreview[]; secondsAtLeast: number }

/**
 * What a plan will do, instance by instance, without doing anything.
 * @param startSeconds how long an instance takes from its launch until it is ready
 */
export function preview(plan: Plan, groups: ReadonlyMap<string, Group>, startSeconds: number): WavePreview[] {
  return plan.waves.map((wave) => {
    const previews = wave.groups.map((name) => previewGroup(name, wave, groups.get(name), startSeconds))
    const longest = Math.max(...previews.map(({ steps }) => steps.length * startSeconds))
    const stops = Math.max(...previews.map(({ stopsAfter }) => stopsAfter.length))
    return {
      wave: wave.name,
      groups: previews,
      secondsAtLeast: longest + stops * wave.checkpointSeconds + wave.bakeSeconds,
    }
  })
}

function previewGroup(name: string, wave: Wave, group: Group | undefined, startSeconds: number): GroupPreview {
  const instances = [...(group?.instances ?? [])].sort(
    (a, b) => a.zone.localeCompare(b.zone, 'en') || a.id.localeCompare(b.id, 'en'),
  )
  const keeps = instances.flatMap((instance) => {
    const why = whyKept(instance, group?.candidateVersion ?? null)
    return why === null ? [] : [{ id: instance.id, zone: instance.zone, why }]
  })
  const kept = new Set(keeps.map(({ id }) => id))
  const replaces = instances
    .filter(({ id }) => !kept.has(id))
    .map(({ id, zone, templateVersion }) => ({ id, zone, templateVersion }))
  const desired = group?.desired ?? 0
  const { atATime, inServiceMin } = pace(wave, desired)
  const steps: GroupPreview['steps'] = []
  for (let left = replaces.length; left > 0; left -= atATime) {
    const replaced = Math.min(left, atATime)
    // The last step may replace fewer than the others.
    steps.push({
      replaced,
      inServiceMin: Math.max(inServiceMin, wave.minHealthyPercent < 100 ? desired - replaced : 0),
    })
  }
  const already = instances.filter(({ templateVersion }) => templateVersion === group?.candidateVersion).length
  const stopsAfter = stopsOf(wave, desired, already, replaces.length)
  const words = wordsOf(steps, desired, startSeconds)
  if (!group) words.push(`${name} was not found.`)
  return { group: name, replaces, keeps, steps, stopsAfter, words }
}

function whyKept({ templateVersion, lifecycle, isProtected }: Instance, candidateVersion: string | null) {
  if (templateVersion === candidateVersion) return 'It runs the candidate already.'
  if (lifecycle === 'Terminating') return 'It is being terminated.'
  if (lifecycle === 'Standby') return 'It is in standby: the refresh waits for it.'
  return isProtected ? 'It is protected from scale-in: the refresh waits for it.' : null
}

/**
 * Auto Scaling keeps at least the minimum, rounded up, and has at most the maximum, rounded down. If that leaves no room to replace
 * even one instance it launches one first, and so has one more than the maximum: that is how it treats an explicit maximum, and
 * a rollout always sends one (`MaxHealthyPercentage` in the API's reference).
 */
export function pace(
  { minHealthyPercent, maxHealthyPercent }: Pick<Wave, 'minHealthyPercent' | 'maxHealthyPercent'>,
  desired: number,
): { atATime: number; inServiceMin: number } {
  const fewer = desired - Math.ceil((desired * minHealthyPercent) / 100)
  const more = Math.floor((desired * maxHealthyPercent) / 100) - desired
  return { atATime: Math.max(1, fewer + more), inServiceMin: desired - fewer }
}

/**
 * After how many replaced instances a group waits. A checkpoint is the least percentage of all its instances that must be new, so it
 * rounds up, and instances that run the candidate already count. Checkpoints that are reached together are one stop.
 */
function stopsOf({ checkpointPercents }: Wave, desired: number, already: number, replaced: number): number[] {
  const stops = checkpointPercents.map((percent) => Math.ceil((desired * percent) / 100) - already)
  return [...new Set(stops)].filter((stop) => stop > 0 && stop < replaced)
}

function wordsOf(steps: GroupPreview['steps'], desired: number, startSeconds: number): string[] {
  if (steps.length === 0) return ['Nothing is replaced.']
  if (desired === 0) return ['The group is to have no instances, so none has to stay in service.']
  const least = Math.min(...steps.map(({ inServiceMin }) => inServiceMin))
  if (least >= desired) {
    return desired === 1
      ? ['The only instance stays in service until the new one is ready.']
      : [`All ${desired} stay in service: each new instance is ready before an old one ends.`]
  }
  const minutes = Math.max(1, Math.round((steps.length * startSeconds) / 60))
  const fewest = least === 0 ? 'none is' : `${least} of ${desired} ${least === 1 ? 'is' : 'are'}`
  return [`At worst ${fewest} in service, for about ${minutes} min.`]
}
