import {
  type Definition,
  definitionSchema,
  type Fault,
  idPattern,
  openSloBytesMax,
  type RuleGroup,
} from '@tickwatch/slo'
import { z } from 'zod'
import { answerInput, reasonInput, revisionInput, textInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { MessageView } from '../changeRequest/changeRequest.types.ts'
import type { EpisodesView } from './slo.reads.types.ts'

const id = z.string().regex(idPattern, 'An SLO has no such id.')
export const byIdInput = z.object({ id })
export const versionsInput = z.object({ ...cursorInput, id })
/** A whole definition; what is missing gets its default. `readDefinition` of packages/slo judges it further. */
export const judgeInput = z.object({ definition: definitionSchema })
/** @param baseVersion the version on which the editor was opened; 0 makes a new SLO */
const change = { baseVersion: revisionInput.min(0), reason: reasonInput }
/** @param withoutPreview saves an SLO of which there can be no preview: the person has seen why */
export const saveInput = judgeInput.extend({ ...change, withoutPreview: z.boolean().default(false) })
export const removeInput = byIdInput.extend({ ...change, baseVersion: revisionInput.min(1) })
export const openSloInput = z.object({ yaml: textInput(openSloBytesMax) })
export const requestInput = z.object({ id: z.uuid() })
export const answerRequestInput = requestInput.extend({ answer: answerInput })

const metric = z
  .string()
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/, 'Use the name of a metric.')
  .nullable()
const label = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/, 'Use the name of a label.')
/** The names of metrics, or the labels of one metric or the values of one of its labels; null means all metrics. */
export const namesInput = z.discriminatedUnion('of', [
  z.object({ of: z.literal('metrics') }),
  z.object({ of: z.literal('labels'), metric }),
  z.object({ of: z.literal('values'), metric, label }),
])

/** Whether AMP evaluates the rules of an SLO's newest version. */
export type RulesState =
  | { state: 'active' }
  /** They were saved, and AMP has not made the change yet. */
  | { state: 'waiting' }
  /** AMP evaluates the rules of an earlier version, or none. `why` is what AMP says. */
  | { state: 'refused'; why: string }

/** A change that waits for another person. */
export type SloRequestView = {
  id: string
  sloId: string
  createdAt: string
  by: Person
  reason: string
  baseVersion: number
  /** Null if it deletes the SLO. */
  after: Definition | null
  weakenings: string[]
  messages: MessageView[]
}

export type SloDefinitionView = {
  id: string
  version: number
  savedAt: string
  by: Person
  definition: Definition
  rules: RulesState
}

/** Times are ISO 8601, UTC. */
export type SloDefinitionsView = {
  slos: SloDefinitionView[]
  /** The ids of SLOs that a newer release saved in a form that this one can't read. */
  unreadable: string[]
  requests: SloRequestView[]
  /** The rules of the AMP workspace: those of all SLOs as they are saved, and all others as last seen. */
  ruleCount: RuleCount
  stepSeconds: number
}
export type RuleCount = { slos: number; others: number; max: number }

export type SloDefinitionDetail = SloDefinitionView & {
  requests: SloRequestView[]
  /** The rules as they run once AMP has them; null if they can't be compiled any more. */
  group: RuleGroup | null
  namespace: string
  stepSeconds: number
}

export type SloVersionView = {
  version: number
  savedAt: string
  by: Person
  approvedBy: Person | null
  reason: string
  /** Null if this version deleted the SLO, or if this release can't read it. */
  definition: Definition | null
  isDeletion: boolean
  changeRequestId: string | null
}

/** What saving a definition would do. */
export type Judgement = {
  /** The version that it would be based on; 0 if it would be a new SLO. */
  baseVersion: number
  /** If there are any, it can't be saved. */
  faults: Fault[]
  /** If there are any, another person must approve it. */
  weakenings: string[]
  /** The rules that the workspace would have. Null if the definition has faults. */
  rulesAfter: number | null
  ruleCount: RuleCount
}

/** What a definition would have counted, and which of its alerts would have fired. */
export type PreviewView = {
  /** The time that was counted, as long as the number of series allows, at most a week of steps; null if nothing was. */
  span: { from: string; to: string } | null
  /** How many series the SLI reads; null if the store of metrics did not answer. */
  series: number | null
  /** Why nothing could be measured, with the field. */
  faults: Fault[]
  /** The events of all groups together. */
  bad: number
  total: number
  /** `t` is the end of a point in Unix time. Null: nothing was measured; a total of 0: there was no traffic. */
  points: { t: number; bad: number | null; total: number | null }[]
  bucketSeconds: number
  /** Null without groups. */
  groups: {
    count: number
    worst: { key: string; labels: Record<string, string>; bad: number; total: number; fired: number }[]
  } | null
  episodes: EpisodesView
  /** Why there is no preview, as a sentence. */
  missing: string | null
}

/** Names for the completion of PromQL, of the platform's series of the last hour. */
export type NamesView = {
  /** Ordered, at most 1,000. */
  names: string[]
  /** There are others, which are too many or too long. */
  more: boolean
  /** Why there are none, as a sentence. */
  missing: string | null
}

export type SaveResult =
  | { outcome: 'saved'; version: number }
  | { outcome: 'requested'; changeRequestId: string; weakenings: string[] }

/** The definition of a file, and what saving it would do. */
export type ReadOpenSlo = Judgement & { definition: Definition }
