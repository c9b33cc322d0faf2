import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router, signedIn, tenantProcedure } from '../../trpc.ts'
import { sloHistoryInput } from '../slo/slo.reads.types.ts'
import { viewerOf } from '../slo/slo.visible.ts'
import {
  assignInput,
  byNumberInput,
  type HarmedView,
  type IncidentDetail,
  type IncidentOfTenantDetail,
  type IncidentOfTenantView,
  type IncidentView,
  type IntakeView,
  listInput,
  listOfTenantInput,
  noteInput,
  type RevertResult,
  resolveInput,
  revertInput,
  type SliChart,
  type SloMarksView,
} from './incident.types.ts'

export const incidentRouter = router({
  list: platformProcedure('incident:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<Page<IncidentView>> => ctx.services.incident.list(input)),
  get: platformProcedure('incident:read')
    .input(byNumberInput)
    .query(({ ctx, input }): Promise<IncidentDetail> => ctx.services.incident.get(input.number)),
  chart: platformProcedure('incident:read')
    .input(byNumberInput)
    .query(({ ctx, input }): Promise<SliChart> => ctx.services.incident.chart(input.number)),
  harmed: platformProcedure('incident:read')
    .input(byNumberInput)
    .query(
      ({ ctx, input }): Promise<HarmedView> => ctx.services.incident.harmed(viewerOf(ctx.caller.held), input.number),
    ),
  report: platformProcedure('incident:read')
    .input(byNumberInput)
    .query(({ ctx, input }) => ctx.services.incident.report(input.number)),
  intake: platformProcedure('incident:read').query(({ ctx }): Promise<IntakeView> => ctx.services.incident.intake()),

  marksOfSlo: signedIn('slo:read')
    .input(sloHistoryInput)
    .query(
      ({ ctx, input }): Promise<SloMarksView> => ctx.services.incident.marksOfSlo(viewerOf(ctx.caller.held), input),
    ),

  listOfTenant: tenantProcedure('incident:read')
    .input(listOfTenantInput)
    .query(
      ({ ctx, input }): Promise<Page<IncidentOfTenantView>> => ctx.services.incident.listOfTenant(ctx.tenantId, input),
    ),
  getOfTenant: tenantProcedure('incident:read')
    .input(byNumberInput)
    .query(
      ({ ctx, input }): Promise<IncidentOfTenantDetail> =>
        ctx.services.incident.getOfTenant(ctx.tenantId, input.number),
    ),

  harmedOfTenant: tenantProcedure('incident:read')
    .input(byNumberInput)
    .query(({ ctx, input }): Promise<HarmedView> => ctx.services.incident.harmedOfTenant(ctx.tenantId, input.number)),

  acknowledge: platformProcedure('incident:manage')
    .input(byNumberInput)
    .mutation(({ ctx, input }) => ctx.services.incident.acknowledge(ctx.caller, input.number)),
  assign: platformProcedure('incident:manage')
    .input(assignInput)
    .mutation(({ ctx, input }) => ctx.services.incident.assign(ctx.caller, input)),
  note: platformProcedure('incident:manage')
    .input(noteInput)
    .mutation(({ ctx, input }) => ctx.services.incident.note(ctx.caller, input)),
  resolve: platformProcedure('incident:manage')
    .input(resolveInput)
    .mutation(({ ctx, input }) => ctx.services.incident.resolve(ctx.caller, input)),
  revert: platformProcedure('incident:revert')
    .input(revertInput)
    .mutation(({ ctx, input }): Promise<RevertResult> => ctx.services.incident.revert(ctx.caller, input)),
})
