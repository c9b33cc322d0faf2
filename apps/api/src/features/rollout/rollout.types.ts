import {
  actions,
  type Block,
  type FigureName,
  figureNames,
  type Group,
  type Phase,
  type Plan,
  type Target,
  type Verdict,
  type WavePreview,
} from '@tickwatch/rollout'
import { z } from 'zod'
import { reasonInput, textInput } from '../../shared/inputs.ts'
import { cursorInput, type Page, type Person } from '../../shared/page.types.ts'
import type { ChangeRequestState } from '../changeRequest/changeRequest.types.ts'
import type { PlanFault } from './rollout.rules.ts'

// 1. Inputs ----------------------------------------------------------------------------------------------------------

const text = textInput(300)
const number = z.number().min(-1e9).max(1e9)

/** A plan of any content, so that the answer can say what is wrong where. The form gets a whole one, and sends a whole one. */
const planInput = z.object({
  targets: z
    .array(z.object({ group: text, environment: text, region: text, zones: z.array(text).max(16), ring: text }))
    .max(200),
  waves: z
    .array(
      z.object({
        name: text,
        groups: z.array(text).max(200),
        minHealthyPercent: number,
        maxHealthyPercent: number,
        checkpointPercents: z.array(number).max(100),
        checkpointSeconds: number,
        bakeSeconds: number,
        progressSeconds: number,
        alarms: z.array(text).max(100),
        judge: z
          .object({
            compares: z.boolean(),
            figures: z.array(z.enum(figureNames)).max(figureNames.length),
            intervalSeconds: number,
            warmUpSeconds: number,
            samplesMin: number,
            failPointsMin: number,
            passPointsMin: number,
          })
          .nullable(),
      }),
    )
    .max(50),
})

export const draftInput = z.object({ imageId: z.uuid(), environment: text })
export const checkInput = draftInput.extend({ plan: planInput })
export const askInput = checkInput.extend({ reason: reasonInput })
export const listInput = z.object({ ...cursorInput, show: z.enum(['open', 'ended']).default('open') })
/** No rollout has the number 0: a page asks for it if its URL has none. */
export const byNumberInput = z.object({ number: z.number().int().min(0).max(2_147_483_647) })
export const eventsInput = byNumberInput.extend(cursorInput)
export const actInput = z.object({ id: z.uuid(), kind: z.enum(actions), reason: reasonInput })

// 2. Views. Times are ISO 8601, UTC ----------------------------------------------------------------------------------

export type ImageName = { id: string; name: string; version: string }

export type TargetsView = {
  targets: (Target & { image: string })[]
  /** Why there are none, a sentence; null if there are some. */
  missing: string | null
}

/** A group as Auto Scaling had it when it was read last. */
export type GroupView = {
  group: string
  region: string
  zones: string[]
  ring: string
  desired: number
  templateVersion: string
  imageId: string
  instances: (Omit<Group['instances'][number], 'isProtected'> & { isCandidate: boolean })[]
}

/** What a plan would do now. Without a block and without a fault it can be asked for. */
export type DraftView = {
  plan: Plan
  planSha256: string
  blocks: Block[]
  preview: WavePreview[]
  approversNeeded: number
  groups: GroupView[]
  faults: PlanFault[]
}

export type RolloutRow = {
  id: string
  number: number
  image: ImageName
  environment: string
  phase: Phase
  /** The wave that is under way, or was last. Null before the first one. */
  wave: { index: number; name: string; count: number } | null
  by: Person
  reason: string
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  /** Why nothing happens at the moment. */
  holding: string | null
  paused: { by: string; reason: string; at: string } | null
  /** Where it stands, one sentence. */
  words: string
}

export type WaveState =
  | 'waiting'
  | 'running'
  | 'baking'
  | 'judging'
  | 'complete'
  | 'rolling back'
  | 'rolled back'
  /** Also if it was aborted before it was complete. */
  | 'failed'
export type WaveView = {
  name: string
  groups: string[]
  state: WaveState
  /** Instances that are ready with what they shall run; while it rolls back, with what they ran before. */
  ready: number
  total: number
  bakeEndsAt: string | null
}

/** The newest verdict on a wave. */
export type VerdictView = { wave: number; at: string; verdict: Verdict }

export type RolloutView = RolloutRow & {
  plan: Plan
  planSha256: string
  /** Until when people can approve it. */
  expiresAt: string
  waves: WaveView[]
  verdicts: VerdictView[]
  groups: GroupView[]
  /** When a group was read last. */
  observedAt: string | null
  /** Why a group can’t be read at the moment, a sentence each. */
  unread: string[]
  request: {
    id: string
    state: ChangeRequestState
    approvals: { by: Person; at: string; reason: string }[]
    approversNeeded: number
    decision: { by: Person; at: string; reason: string; approved: boolean } | null
  }
  /** What a person may do, and if not now, why. */
  actions: { kind: (typeof actions)[number]; refusal: string | null }[]
  /** The image that all groups ran before. Null if it is not in the catalogue, or if they ran different ones. */
  previousImage: ImageName | null
  /** Why it rolls back, was aborted or has failed; `by` is null if no person wanted that. */
  ending: { by: string | null; reason: string } | null
}

/** A figure of the wave that is judged, or was judged last. Of each side all instances together. */
export type ChartView = {
  figure: FigureName
  title: string
  /** `ratio` (of 1), `s` or `bytes`. */
  unit: string
  /** `t` is the end of an interval, in Unix time. */
  points: { t: number; canary: number | null; baseline: number | null }[]
}

export type EventView = { position: number; at: string; kind: string; words: string; by: Person | null }
export type EventsView = Page<EventView>
/** Differs when something of the rollout changed that its page shows. */
export type LiveView = { changed: string }
