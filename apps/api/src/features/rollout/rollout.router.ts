import { whileAllowed } from '../../live.ts'
import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router } from '../../trpc.ts'
import {
  actInput,
  askInput,
  byNumberInput,
  type ChartView,
  checkInput,
  type DraftView,
  draftInput,
  type EventsView,
  eventsInput,
  type LiveView,
  listInput,
  type RolloutRow,
  type RolloutView,
  type TargetsView,
} from './rollout.types.ts'

const read = platformProcedure('rollout:read')
const manage = platformProcedure('rollout:manage')

export const rolloutRouter = router({
  targets: read.query(({ ctx }): Promise<TargetsView> => ctx.services.rollout.targets()),

  // Both ask AWS, so only for who may ask for a rollout.
  draft: manage.input(draftInput).query(({ ctx, input }): Promise<DraftView> => ctx.services.rollout.draft(input)),

  // A plan may be longer than a URL can be.
  check: manage.input(checkInput).mutation(({ ctx, input }): Promise<DraftView> => ctx.services.rollout.check(input)),

  ask: manage
    .input(askInput)
    .mutation(
      ({ ctx, input }): Promise<{ id: string; number: number; changeRequestId: string }> =>
        ctx.services.rollout.ask(ctx.caller, input),
    ),

  list: read.input(listInput).query(({ ctx, input }): Promise<Page<RolloutRow>> => ctx.services.rollout.list(input)),

  get: read
    .input(byNumberInput)
    .query(({ ctx, input }): Promise<RolloutView> => ctx.services.rollout.get(input.number)),

  charts: read
    .input(byNumberInput)
    .query(({ ctx, input }): Promise<ChartView[]> => ctx.services.rollout.charts(input.number)),

  events: read.input(eventsInput).query(({ ctx, input }): Promise<EventsView> => ctx.services.rollout.events(input)),

  live: read
    .input(byNumberInput)
    .subscription(
      ({ ctx, input, signal }): AsyncGenerator<LiveView> =>
        whileAllowed(ctx, signal, (life) => ctx.services.rollout.live(input.number, life)),
    ),

  act: manage
    .input(actInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.rollout.act(ctx.caller, input)),
})
