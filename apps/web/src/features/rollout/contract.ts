import type { Permission } from '@tickwatch/policy'
import type { DefaultErrorShape } from '@trpc/server'
import type {
  DecorateMutationProcedure,
  DecorateQueryProcedure,
  DecorateRouterKeyable,
  DecorateSubscriptionProcedure,
  DefaultFeatureFlags,
} from '@trpc/tanstack-react-query'
import { useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'

// The shapes that the routers `rollout` and `freezeWindow` answer with, until this branch has those routers. Delete it then:
// `Views` becomes `Outputs`, and `useRolloutTRPC`, `useRolloutClient` and `withRollouts` become the real ones.

type Person = { subject: string; name: string }
type Page<T> = { items: T[]; nextCursor: string | null }
type PageInput = { cursor?: string | null; pageSize?: number }

type JudgePolicy = {
  compares: boolean
  figures: string[]
  intervalSeconds: number
  warmUpSeconds: number
  samplesMin: number
  failPointsMin: number
  passPointsMin: number
}
type Target = { group: string; environment: string; region: string; zones: string[]; ring: string }
type Wave = {
  name: string
  groups: string[]
  minHealthyPercent: number
  maxHealthyPercent: number
  checkpointPercents: number[]
  checkpointSeconds: number
  bakeSeconds: number
  progressSeconds: number
  alarms: string[]
  judge: JudgePolicy | null
}
type Plan = { targets: Target[]; waves: Wave[] }

type Phase =
  | 'waiting'
  | 'running'
  | 'rolling back'
  | 'aborting'
  | 'succeeded'
  | 'rolled back'
  | 'aborted'
  | 'rollback failed'
  | 'declined'
  | 'expired'

type Image = { id: string; name: string; version: string }
type Instance = {
  id: string
  zone: string
  templateVersion: string
  lifecycle: 'Pending' | 'InService' | 'Standby' | 'Terminating'
  isReady: boolean
  isSilent: boolean
  isCandidate: boolean
}
type Group = {
  group: string
  region: string
  zones: string[]
  ring: string
  desired: number
  templateVersion: string
  imageId: string
  instances: Instance[]
}
type GroupPreview = {
  group: string
  replaces: { id: string; zone: string; templateVersion: string }[]
  keeps: { id: string; zone: string; why: string }[]
  steps: { replaced: number; inServiceMin: number }[]
  stopsAfter: number[]
  words: string[]
}
type Draft = {
  plan: Plan
  planSha256: string
  blocks: { kind: string; group: string | null; reason: string; remedy: string }[]
  preview: { wave: string; groups: GroupPreview[]; secondsAtLeast: number }[]
  approversNeeded: number
  groups: Group[]
  faults: { path: (string | number)[]; message: string }[]
}
type Tests = {
  points: number
  harmShare: number
  harmShareMin: number
  cliffsDelta: number
  rankPValue: number
  worseShare: number
  shapePValue: number
  failBelow: number
}
type Outcome = 'pass' | 'inconclusive' | 'fail'
type Verdict = {
  outcome: Outcome
  words: string
  findings: {
    about: string
    outcome: Outcome
    words: string
    canary: number | null
    baseline: number | null
    tests: Tests | null
  }[]
  notes: string[]
  points: number
  fromSeconds: number | null
  toSeconds: number | null
}
type Approval = { by: Person; at: string; reason: string }
type Row = {
  id: string
  number: number
  image: Image
  environment: string
  phase: Phase
  wave: { index: number; name: string; count: number } | null
  by: Person
  reason: string
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  holding: string | null
  paused: { by: string; reason: string; at: string } | null
  words: string
}
type ActionKind = 'pause' | 'resume' | 'abort' | 'roll back'
type Rollout = Row & {
  plan: Plan
  planSha256: string
  expiresAt: string
  waves: {
    name: string
    groups: string[]
    state: 'waiting' | 'running' | 'baking' | 'judging' | 'complete' | 'rolling back' | 'rolled back' | 'failed'
    ready: number
    total: number
    bakeEndsAt: string | null
  }[]
  verdicts: { wave: number; at: string; verdict: Verdict }[]
  groups: Group[]
  observedAt: string | null
  unread: string[]
  request: {
    id: string
    state: 'pending' | 'approved' | 'declined' | 'withdrawn' | 'outdated'
    approvals: Approval[]
    approversNeeded: number
    decision: { by: Person; at: string; reason: string; approved: boolean } | null
  }
  actions: { kind: ActionKind; refusal: string | null }[]
  previousImage: Image | null
  ending: { by: string | null; reason: string } | null
}
type Chart = {
  figure: string
  title: string
  unit: string
  points: { t: number; canary: number | null; baseline: number | null }[]
}
type Event = { position: number; at: string; kind: string; words: string; by: Person | null }
type Freeze = {
  id: string
  reason: string
  startsAt: string
  endsAt: string
  until: string
  environments: string[]
  by: Person
  createdAt: string
  state: 'coming' | 'holds' | 'over' | 'ended' | 'cancelled'
  ended: { at: string; by: Person; reason: string } | null
}

export type Views = {
  targets: { targets: (Target & { image: string })[]; missing: string | null }
  draft: Draft
  row: Row
  get: Rollout
  chart: Chart
  event: Event
  freeze: Freeze
}

/** What a change request of the kind `rollout` has. */
export type RolloutRequest = {
  rollout: {
    rolloutId: string
    number: number
    image: Image
    environment: string
    waves: { name: string; groups: string[] }[]
    approversNeeded: number
    sha256: string
  } | null
  approvals: Approval[]
  approversNeeded: number
}

type Def<Input, Output> = {
  input: Input
  output: Output
  transformer: false
  errorShape: DefaultErrorShape
  featureFlags: DefaultFeatureFlags
}
type Query<Input, Output> = DecorateQueryProcedure<Def<Input, Output>>
type Mutation<Input, Output> = DecorateMutationProcedure<Def<Input, Output>>
type Asked = { imageId: string; environment: string; plan: Plan }

type WithRollouts = {
  rollout: DecorateRouterKeyable<DefaultFeatureFlags> & {
    targets: Query<void, Views['targets']>
    draft: Query<{ imageId: string; environment: string }, Draft>
    ask: Mutation<Asked & { reason: string }, { id: string; number: number; changeRequestId: string }>
    list: Query<PageInput & { show: 'open' | 'ended' }, Page<Row>>
    get: Query<{ number: number }, Rollout>
    charts: Query<{ number: number }, Chart[]>
    events: Query<PageInput & { number: number }, Page<Event>>
    live: DecorateSubscriptionProcedure<Def<{ number: number }, AsyncIterable<{ changed: string }>>>
    act: Mutation<{ id: string; kind: ActionKind; reason: string }, { id: string }>
  }
  freezeWindow: DecorateRouterKeyable<DefaultFeatureFlags> & {
    list: Query<PageInput, Page<Freeze>>
    current: Query<void, Freeze[]>
    create: Mutation<{ reason: string; startsAt: string; endsAt: string; environments: string[] }, { id: string }>
    end: Mutation<{ id: string; reason: string }, { id: string }>
  }
}
type Client = { rollout: { check: { mutate: (asked: Asked, options: object) => Promise<Draft> } } }

export const withRollouts = <T>(trpc: T) => trpc as T & WithRollouts
export const useRolloutTRPC = () => withRollouts(useTRPC())
export const useRolloutClient = () => useTRPCClient() as unknown as Client

/** The permissions of the same roles: those of rollouts come with the router. */
export const mayRead: Permission = 'image:read'
export const mayManage: Permission = 'image:manage'
