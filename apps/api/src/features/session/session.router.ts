import { whileAllowed } from '../../live.ts'
import { router, signedIn } from '../../trpc.ts'
import type { ChangeCounts } from './session.types.ts'

export const sessionRouter = router({
  changes: signedIn('session:read').query(({ ctx }): ChangeCounts => ctx.services.session.changes(ctx.caller)),

  changesLive: signedIn('session:read').subscription(
    ({ ctx, signal }): AsyncGenerator<ChangeCounts> =>
      whileAllowed(ctx, signal, (life) => ctx.services.session.changesLive(ctx.caller, life)),
  ),

  /** The sign-out: ends the session that the header `x-tickwatch-session` names. */
  end: signedIn('session:end').mutation(({ ctx }) => ctx.services.session.end(ctx.caller)),
})
