import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router, signedIn, signedInOrGuest } from '../../trpc.ts'
import {
  type GrantView,
  grantInput,
  type HoldersView,
  holdersInput,
  listInput,
  type MeView,
  removeGrantInput,
} from './access.types.ts'

export const accessRouter = router({
  me: signedInOrGuest('session:read').query(({ ctx }): Promise<MeView> => ctx.services.access.me(ctx.caller)),

  /** The people and groups who have a permission, so that the portal can say whom to ask. */
  holders: signedIn('session:read')
    .input(holdersInput)
    .query(({ ctx, input }): Promise<HoldersView> => ctx.services.access.holders(ctx.caller, input)),

  grants: platformProcedure('access:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<Page<GrantView>> => ctx.services.access.grants(input)),

  addGrant: platformProcedure('access:manage')
    .input(grantInput)
    .mutation(({ ctx, input }): Promise<GrantView> => ctx.services.access.addGrant(ctx.caller, input)),

  removeGrant: platformProcedure('access:manage')
    .input(removeGrantInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.access.removeGrant(ctx.caller, input)),
})
