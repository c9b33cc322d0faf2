import { z } from 'zod'

export const phases = [
  'waiting',
  'running',
  'rolling back',
  'aborting',
  'succeeded',
  'rolled back',
  'aborted',
  'rollback failed',
  'declined',
  'expired',
] as const
export type Phase = (typeof phases)[number]

/** What a rollout remembers between two steps. Everything else is read again. It is stored as it is (ADR 9). */
export const stateSchema = z.object({
  phase: z.enum(phases),
  /** The index of the wave that is under way. */
  wave: z.number().int().min(0).default(0),
  /** By group: its own template version before the rollout, which is the way back. */
  previous: z.record(z.string(), z.string()).default({}),
  /** Since when all instances of the wave run the candidate. */
  bakeStartedMs: z.number().nullable().default(null),
  /** The most instances that were ready with what they shall run, and since when. */
  progress: z.object({ ready: z.number(), atMs: z.number() }).nullable().default(null),
  paused: z.object({ by: z.string(), reason: z.string(), atMs: z.number() }).nullable().default(null),
  /** Why nothing happens at the moment. */
  holding: z.string().nullable().default(null),
  /** Why it rolls back, was aborted or has failed, and who wanted that: null if it was decided here. */
  ending: z.object({ by: z.string().nullable(), reason: z.string() }).nullable().default(null),
  /** Instances of the wave that went silent and are not counted. */
  silent: z.array(z.string()).default([]),
})
export type State = z.output<typeof stateSchema>

export const newRollout = (): State => stateSchema.parse({ phase: 'waiting' })

const over: readonly Phase[] = ['succeeded', 'rolled back', 'aborted', 'rollback failed', 'declined', 'expired']

/** An ended rollout stays as it is, over restarts too. */
export const isOver = ({ phase }: Pick<State, 'phase'>): boolean => over.includes(phase)

/** What people see of a rollout, in order. Each is returned once, with the state that follows from it. */
export type RolloutEvent = { kind: EventKind; atMs: number; words: string }
export type EventKind =
  | 'started'
  | 'wave started'
  | 'wave complete'
  | 'holding'
  | 'paused'
  | 'resumed'
  | 'instance silent'
  | 'rolling back'
  | 'aborting'
  | Exclude<Phase, 'waiting' | 'running'>
