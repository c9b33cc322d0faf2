import { z } from 'zod'
import { judgeSchema } from '../judge/policy.ts'
import { whole } from '../whole.ts'

/** Postgres can't store NUL or half of a surrogate pair. */
const name = (max: number) =>
  z
    .string('Enter a name.')
    .min(1, 'Enter a name.')
    .max(max, `Enter at most ${max} characters.`)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'Remove the characters that can’t be stored.')

/** An Auto Scaling group, and where it is. Its name is unique in its region. */
const target = z.object({
  group: name(255),
  environment: name(64),
  region: name(64),
  /** The availability zones, or one. */
  zones: z.array(name(64)).min(1, 'Name at least one zone.').max(16, 'Name at most 16 zones.'),
  ring: name(64),
})

/** The limits are those of StartInstanceRefresh. */
const wave = z
  .object({
    name: name(64),
    /** Groups of the plan's targets, which change at the same time. */
    groups: z
      .array(name(255))
      .min(1, 'Choose at least one group, or remove the wave.')
      .max(100, 'Choose at most 100 groups.'),
    minHealthyPercent: whole(0, 100, '%').default(100),
    maxHealthyPercent: whole(100, 200, '%').default(110),
    /** Empty: no stop. Otherwise Auto Scaling waits when so much of a group is replaced. */
    checkpointPercents: z
      .array(whole(1, 100, '%'))
      .max(10, 'Use at most 10 checkpoints.')
      .default([]),
    checkpointSeconds: whole(0, 172_800, 's').default(300),
    /** How long the wave runs, complete, before the next one. Auto Scaling can roll back until then. */
    bakeSeconds: whole(0, 172_800, 's').default(1_800),
    /** The wave fails if for so long no further instance gets ready. */
    progressSeconds: whole(30, 7_200, 's').default(600),
    /** CloudWatch alarms that stop it and roll it back. */
    alarms: z.array(name(255)).max(10, 'Auto Scaling watches at most 10 alarms.').default([]),
    /** Null: nobody judges. The wave goes on when it has baked. */
    judge: judgeSchema.nullable().default(() => judgeSchema.parse({})),
  })
  .superRefine((value, context) => {
    for (const [path, message] of waveFaults(value)) context.addIssue({ code: 'custom', path: [path], message })
  })

/** A plan as a person or a program writes it, and as it is stored. Unknown members are ignored (ADR 9). */
export const planSchema = z
  .object({
    targets: z.array(target).min(1, 'Choose at least one target.').max(200, 'Choose at most 200 targets.'),
    waves: z.array(wave).min(1, 'Add at least one wave.').max(20, 'Use at most 20 waves.'),
  })
  .superRefine((plan, context) => {
    for (const [path, message] of planFaults(plan)) context.addIssue({ code: 'custom', path, message })
  })

export type Target = z.output<typeof target>
export type Wave = z.output<typeof wave>
export type Plan = z.output<typeof planSchema>

type WaveShape = Pick<Wave, 'minHealthyPercent' | 'maxHealthyPercent' | 'checkpointPercents'>

function waveFaults({ minHealthyPercent, maxHealthyPercent, checkpointPercents }: WaveShape): [string, string][] {
  const faults: [string, string][] = []
  if (maxHealthyPercent - minHealthyPercent > 100) {
    faults.push(['maxHealthyPercent', 'Auto Scaling allows at most 100 % between the least and the most healthy.'])
  }
  if (checkpointPercents.some((percent, i) => i > 0 && percent <= (checkpointPercents[i - 1] as number))) {
    faults.push(['checkpointPercents', 'Write the checkpoints in ascending order, each once.'])
  }
  if (checkpointPercents.length > 0 && checkpointPercents.at(-1) !== 100) {
    faults.push(['checkpointPercents', 'End the checkpoints with 100, or the rest is never replaced.'])
  }
  return faults
}

type PlanShape = {
  targets: readonly { group: string }[]
  waves: readonly { name: string; groups: readonly string[] }[]
}

function planFaults({ targets, waves }: PlanShape): [(string | number)[], string][] {
  if (waves.length === 0) return [] // The schema says so already.
  const faults: [(string | number)[], string][] = []
  const known = targets.map(({ group }) => group)
  for (const [i, group] of known.entries()) {
    if (known.indexOf(group) < i) faults.push([['targets', i, 'group'], `${group} is a target twice. Remove one.`])
  }
  const seen = new Set<string>()
  for (const [i, { name, groups }] of waves.entries()) {
    if (waves.findIndex((other) => other.name === name) < i) {
      faults.push([['waves', i, 'name'], `Two waves have the name ${name}. Rename one.`])
    }
    for (const [j, group] of groups.entries()) {
      const path = ['waves', i, 'groups', j]
      if (!known.includes(group)) faults.push([path, `${group} is not a target of this plan.`])
      else if (seen.has(group)) faults.push([path, `${group} is in a wave already.`])
      seen.add(group)
    }
  }
  for (const [i, group] of known.entries()) {
    if (!seen.has(group)) faults.push([['targets', i, 'group'], `No wave has ${group}. Add it to one.`])
  }
  return faults
}

/** How many waves the judge compares: they share the chance of a false rollback. */
export const comparedWaves = (plan: Plan): number => plan.waves.filter(({ judge }) => judge?.compares).length

/**
 * The usual waves: the groups of the canary's ring, then those of one zone, then the rest. The last wave leaves no baseline, so it
 * is judged by the hard limits alone. A wave without groups is left out.
 */
export function usualWaves(targets: readonly Target[], canaryRing: string): z.input<typeof wave>[] {
  const canary = targets.filter(({ ring }) => ring === canaryRing)
  const others = targets.filter(({ ring }) => ring !== canaryRing)
  const firstZone = others.flatMap(({ zones }) => zones).sort()[0]
  const oneZone = others.filter(({ zones }) => zones.length === 1 && zones[0] === firstZone)
  const rest = others.filter((each) => !oneZone.includes(each))
  const waves = [
    { name: 'canary', targets: canary },
    { name: firstZone ?? '', targets: oneZone },
    { name: 'the rest', targets: rest },
  ].filter((each) => each.targets.length > 0)
  return waves.map((each, i) => ({
    name: each.name,
    groups: each.targets.map(({ group }) => group),
    judge: { compares: i < waves.length - 1 },
  }))
}
