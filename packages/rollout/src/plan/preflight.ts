import { bakeSecondsMin } from '../judge/policy.ts'
import { plural, sentence } from '../words.ts'
import { type Group, isActive } from './fleet.ts'
import type { Plan, Target, Wave } from './plan.ts'

/** What must be known before a wave starts. What could not be read is left out, and blocks. */
export type Facts = {
  groups: ReadonlyMap<string, Group>
  /** The state of each alarm that the plan names. */
  alarms: ReadonlyMap<string, 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'>
  /** By region: the AMIs that EC2 says are available now. */
  availableImages: ReadonlyMap<string, ReadonlySet<string>>
  candidate: {
    /** By region: the AMI of the candidate. */
    imageIds: ReadonlyMap<string, string>
    /** Why it may not roll out, one sentence each; empty once it is verified. */
    faults: readonly string[]
  }
  /** Other rollouts that are not over, and their groups. */
  otherRollouts: readonly { id: string; groups: readonly string[] }[]
  /** Times in which nobody rolls out. `environments` empty means all of them. */
  freezes: readonly { reason: string; fromMs: number; toMs: number; environments: readonly string[] }[]
}

export type BlockKind =
  | 'group not found'
  | 'template version not numbered'
  | 'image by parameter'
  | 'refresh under way'
  | 'other rollout'
  | 'alarm not OK'
  | 'image not verified'
  | 'image missing in region'
  | 'candidate is the way back'
  | 'no way back'
  | 'instance protected'
  | 'instance in standby'
  | 'bake too short'
  | 'no baseline'
  | 'freeze window'

/** Why a rollout can't start, and what to do. `group` is null if it is about the whole plan. */
export type Block = { kind: BlockKind; group: string | null; reason: string; remedy: string }

/**
 * Everything that must not be as it is. Empty: the waves may start.
 * @param waves those that are about to start; of a new rollout, all
 */
export function preflight(plan: Plan, waves: readonly Wave[], facts: Facts, nowMs: number): Block[] {
  const groups = new Set(waves.flatMap((wave) => wave.groups))
  const targets = plan.targets.filter(({ group }) => groups.has(group))
  return [
    ...candidateBlocks(facts),
    ...targets.flatMap((target) => targetBlocks(target, facts)),
    ...waves.flatMap((wave) => waveBlocks(plan, wave, facts)),
    ...freezeBlocks(targets, facts, nowMs),
  ]
}

const candidateBlocks = ({ candidate }: Facts): Block[] =>
  candidate.faults.map((fault) => ({
    kind: 'image not verified',
    group: null,
    reason: fault,
    remedy: 'Register an image that the policy accepts, or ask a platform admin for an exception.',
  }))

function targetBlocks({ group: name, region }: Target, facts: Facts): Block[] {
  const group = facts.groups.get(name)
  const block = (kind: BlockKind, reason: string, remedy: string): Block => ({ kind, group: name, reason, remedy })
  if (!group) {
    return [block('group not found', `${name} was not found in ${region}.`, 'Correct the name, or remove the target.')]
  }
  const blocks: Block[] = []
  if (!/^\d+$/.test(group.templateVersion)) {
    const reason = `${name} uses the version ${group.templateVersion} of its launch template. Auto Scaling can’t roll that back.`
    blocks.push(block('template version not numbered', reason, 'Set the group to a numbered version.'))
  }
  const images = facts.availableImages.get(region)
  const candidate = facts.candidate.imageIds.get(region)
  if (group.imageId.startsWith('resolve:ssm:')) {
    const reason = `The launch template of ${name} names its AMI by the parameter ${group.imageId}. Auto Scaling can’t roll that back.`
    blocks.push(block('image by parameter', reason, 'Set the group to a version with the id of its AMI.'))
  } else if (group.imageId === candidate) {
    const reason = `${name} runs ${candidate} already, so a rollback would lead to the candidate.`
    blocks.push(
      block('candidate is the way back', reason, 'Remove the target, or set the group back to the image before.'),
    )
  } else if (!images?.has(group.imageId)) {
    const reason = `There is no way back: ${group.imageId}, which ${name} runs, is not available in ${region} any more.`
    blocks.push(
      block('no way back', reason, 'Restore that AMI from the recycle bin, or first roll out one that exists.'),
    )
  }
  if (candidate === undefined || !images?.has(candidate)) {
    const reason = `The candidate has no AMI in ${region} that is available.`
    blocks.push(block('image missing in region', reason, `Copy the image to ${region} and register it there.`))
  }
  const active = group.refreshes.find(isActive)
  if (active) {
    const reason = `An instance refresh of ${name} is under way (${active.id}, ${active.status}).`
    blocks.push(block('refresh under way', reason, 'Wait until it has ended, or cancel it.'))
  }
  const other = facts.otherRollouts.find(({ groups }) => groups.includes(name))
  if (other) {
    const reason = `The rollout ${other.id} has the target ${name} and is not over.`
    blocks.push(block('other rollout', reason, 'Wait until it has ended, or abort it.'))
  }
  return [...blocks, ...instanceBlocks(name, group)]
}

function instanceBlocks(name: string, { instances }: Group): Block[] {
  const of = (found: Group['instances']) =>
    `${found.length} of ${plural(instances.length, 'instance')} of ${name} (${found.map(({ id }) => id).join(', ')}) ${found.length === 1 ? 'is' : 'are'}`
  const guarded = instances.filter(({ isProtected }) => isProtected)
  const standby = instances.filter(({ lifecycle }) => lifecycle === 'Standby')
  const waits = 'The refresh would wait for an hour and fail.'
  const blocks: Block[] = []
  if (guarded.length > 0) {
    const reason = `${of(guarded)} protected from scale-in. ${waits}`
    const remedy = `Remove ${guarded.length === 1 ? 'its' : 'their'} protection.`
    blocks.push({ kind: 'instance protected', group: name, reason, remedy })
  }
  if (standby.length > 0) {
    const reason = `${of(standby)} in standby. ${waits}`
    const those = standby.length === 1 ? 'it' : 'them'
    const remedy = `Put ${those} in service, or terminate ${those}.`
    blocks.push({ kind: 'instance in standby', group: name, reason, remedy })
  }
  return blocks
}

function waveBlocks(plan: Plan, wave: Wave, facts: Facts): Block[] {
  const blocks: Block[] = []
  for (const alarm of wave.alarms) {
    const state = facts.alarms.get(alarm)
    if (state === 'OK') continue
    const reason = `The alarm ${alarm} of the wave ${wave.name} is ${state ?? 'not found'}. Auto Scaling starts only if it is OK.`
    blocks.push({
      kind: 'alarm not OK',
      group: null,
      reason,
      remedy: 'Wait until it is OK, or remove it from the wave.',
    })
  }
  const least = wave.judge ? bakeSecondsMin(wave.judge) : 0
  if (wave.bakeSeconds < least) {
    const bakes = wave.bakeSeconds === 0 ? 'does not bake' : `bakes for ${wave.bakeSeconds} s`
    const reason = `The wave ${wave.name} ${bakes}. The judge needs at least ${least} s until it can pass it.`
    const remedy = `Let it bake for at least ${least} s, or ask the judge for fewer or shorter intervals.`
    blocks.push({ kind: 'bake too short', group: null, reason, remedy })
  }
  if (wave.judge?.compares && !hasBaseline(plan, wave)) {
    const reason = `After the wave ${wave.name} no group is left to compare with.`
    const remedy = 'Let the judge of this wave use the hard limits alone, or leave a group for a later wave.'
    blocks.push({ kind: 'no baseline', group: null, reason, remedy })
  }
  return blocks
}

const hasBaseline = ({ waves }: Plan, wave: Wave) => waves.at(-1)?.name !== wave.name

function freezeBlocks(targets: readonly Target[], { freezes }: Facts, nowMs: number): Block[] {
  const environments = new Set(targets.map(({ environment }) => environment))
  return freezes
    .filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)
    .filter((freeze) => freeze.environments.length === 0 || freeze.environments.some((each) => environments.has(each)))
    .map(({ reason, toMs }) => ({
      kind: 'freeze window',
      group: null,
      reason: `Nobody rolls out now: ${sentence(reason)}`,
      remedy: `Wait until ${new Date(toMs).toISOString()}, or ask a platform admin to end the freeze window.`,
    }))
}
