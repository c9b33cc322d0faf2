import { whileAllowed } from '../../live.ts'
import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router, tenantProcedure } from '../../trpc.ts'
import {
  contentInput,
  type DriftView,
  type PolicyVersionView,
  type PropagationView,
  propagationInput,
  type RingView,
  type VersionBundleView,
  type VersionContentView,
  versionPropagationInput,
  versionsInput,
} from './policy.types.ts'

export const policyRouter = router({
  versions: platformProcedure('policy:read')
    .input(versionsInput)
    .query(({ ctx, input }): Promise<Page<PolicyVersionView>> => ctx.services.policy.versions(input)),

  drift: platformProcedure('policy:read').query(({ ctx }): Promise<DriftView[]> => ctx.services.policy.drift()),

  rings: platformProcedure('policy:read').query(({ ctx }): Promise<RingView[]> => ctx.services.policy.rings()),

  versionPropagation: platformProcedure('policy:read')
    .input(versionPropagationInput)
    .query(({ ctx, input }): Promise<PropagationView> => ctx.services.policy.versionPropagation(input.version)),

  content: platformProcedure('policy:read')
    .input(contentInput)
    .query(({ ctx, input }): Promise<VersionContentView> => ctx.services.policy.content(input)),

  bundle: platformProcedure('policy:read')
    .input(versionPropagationInput)
    .query(({ ctx, input }): Promise<VersionBundleView> => ctx.services.policy.bundle(input.version)),

  propagation: tenantProcedure('propagation:read')
    .input(propagationInput)
    .query(({ ctx, input }): Promise<PropagationView> => ctx.services.policy.propagation(ctx.tenantId, input)),

  propagationLive: tenantProcedure('propagation:read')
    .input(propagationInput)
    .subscription(
      ({ ctx, input, signal }): AsyncGenerator<PropagationView> =>
        whileAllowed(ctx, signal, (life) => ctx.services.policy.propagationLive(ctx.tenantId, input, life)),
    ),
})
