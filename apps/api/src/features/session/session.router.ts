import { router, signedIn } from '../../trpc.ts'

export const sessionRouter = router({
  /** The sign-out: ends the session that the header `x-tickwatch-session` names. */
  end: signedIn('session:end').mutation(({ ctx }) => ctx.services.session.end(ctx.caller)),
})
