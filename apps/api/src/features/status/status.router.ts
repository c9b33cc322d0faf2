import { router, signedInOrGuest } from '../../trpc.ts'
import type { StatusView } from './status.types.ts'

/** For people who are signed in, with or without a role. A link is for the route `/v1/status`. */
export const statusRouter = router({
  get: signedInOrGuest('slo:read').query(
    ({ ctx }): Promise<StatusView> =>
      ctx.services.status.read({ showsTenants: false, rolesUnknown: ctx.caller.rolesUnknown ?? false }),
  ),
})
