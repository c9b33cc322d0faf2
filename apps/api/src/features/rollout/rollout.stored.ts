import type { StoredRollout } from '@tickwatch/db'
import { type Group, type Plan, planSchema, type State, stateSchema, type Verdict } from '@tickwatch/rollout'
import { z } from 'zod'

// What is stored as JSON grows: unknown members are ignored, missing ones have a default (ADR 9).

const instance = z.object({
  id: z.string(),
  zone: z.string(),
  templateVersion: z.string(),
  lifecycle: z.enum(['Pending', 'InService', 'Standby', 'Terminating']),
  isProtected: z.boolean().default(false),
  isReady: z.boolean(),
  isSilent: z.boolean().default(false),
})
const group = z.object({
  templateVersion: z.string(),
  imageId: z.string(),
  desired: z.number(),
  candidateVersion: z.string().nullable().default(null),
  instances: z.array(instance).default([]),
  /** When it was read. */
  atMs: z.number(),
})
const call = z.object({
  why: z.string(),
  /** How often in a row it failed. */
  times: z.number(),
  againAtMs: z.number(),
  /** It does not end by itself. */
  needsPerson: z.boolean().default(false),
})
const seenSchema = z.object({
  /** What Auto Scaling said last of each group. */
  groups: z.record(z.string(), group).default({}),
  /** Why a group could not be read the last time. */
  unread: z.record(z.string(), z.string()).default({}),
  /** Instances that were ready, and since when in Unix time: 0 if they were ready when we looked first. */
  ready: z
    .record(z.string(), z.object({ group: z.string(), isCandidate: z.boolean(), readySeconds: z.number() }))
    .default({}),
  /** The AMI that a group ran before the rollout. */
  before: z.record(z.string(), z.string()).default({}),
  /** Calls that AWS did not make, and when they are made again, by what they are. */
  calls: z.record(z.string(), call).default({}),
  /** The same in sentences, for the page. Null if AWS made all. */
  refused: z.string().nullable().default(null),
  /** AWS did not let us read in the last step: how often in a row, and when it is asked again. */
  away: z.object({ times: z.number(), againAtMs: z.number() }).nullable().default(null),
})

/** What the job saw of a rollout's groups, and what it must not forget of that. The pages show it, so that they never call AWS. */
export type Seen = z.output<typeof seenSchema>
export type SeenGroup = Omit<Group, 'refreshes'>
export const nothingSeen = (): Seen => seenSchema.parse({})

export type KnownRollout = Omit<StoredRollout, 'plan' | 'state' | 'observed'> & {
  plan: Plan
  state: State
  seen: Seen
}

/** Null if this release can't read it. */
export function knownOf({ plan, state, observed, ...rest }: StoredRollout): KnownRollout | null {
  const [read, stands] = [planSchema.safeParse(plan), stateSchema.safeParse(state)]
  if (!read.success || !stands.success) return null
  return { ...rest, plan: read.data, state: stands.data, seen: seenSchema.safeParse(observed).data ?? nothingSeen() }
}

const number = z.number().nullable().default(null)
const member = z.object({ id: z.string(), readySeconds: z.number() })
const finding = z.object({
  about: z.string().transform((text) => text as Verdict['findings'][number]['about']),
  outcome: z.enum(['pass', 'inconclusive', 'fail']),
  words: z.string(),
  canary: number,
  baseline: number,
  tests: z
    .object({
      points: z.number(),
      harmShare: z.number(),
      harmShareMin: z.number(),
      cliffsDelta: z.number(),
      rankPValue: z.number(),
      worseShare: z.number(),
      shapePValue: z.number(),
      failBelow: z.number(),
    })
    .nullable()
    .catch(null),
})
const verdictSchema = z.object({
  outcome: z.enum(['pass', 'inconclusive', 'fail']),
  words: z.string(),
  findings: z.array(finding).default([]),
  notes: z.array(z.string()).default([]),
  points: z.number().default(0),
  fromSeconds: number,
  toSeconds: number,
  canary: z.array(member).default([]),
  baseline: z.array(member).default([]),
})

/** An instance whose figures are compared. */
export type Member = z.output<typeof member>
/** A verdict, and of which instances. */
export type JudgedWave = Verdict & { canary: Member[]; baseline: Member[] }

/** Null if this release can't read it. */
export const judgedOf = (verdict: unknown): JudgedWave | null => verdictSchema.safeParse(verdict).data ?? null
