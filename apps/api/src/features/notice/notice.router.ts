import { router, signedIn } from '../../trpc.ts'
import { seenInput } from './notice.types.ts'

export const noticeRouter = router({
  list: signedIn('notice:read').query(({ ctx }) => ctx.services.notice.list(ctx.caller)),
  seen: signedIn('notice:read')
    .input(seenInput)
    .mutation(({ ctx, input }) => ctx.services.notice.seen(ctx.caller, input)),
})
