import { platformProcedure, router } from '../../trpc.ts'
import {
  createInput,
  dryRunInput,
  listInput,
  removeInput,
  sendAgainInput,
  setRoutesInput,
  testInput,
  updateInput,
} from './notification.types.ts'

export const notificationRouter = router({
  receivers: platformProcedure('notification:read').query(({ ctx }) => ctx.services.notification.receivers()),
  routes: platformProcedure('notification:read').query(({ ctx }) => ctx.services.notification.routes()),
  routesHistory: platformProcedure('notification:read').query(({ ctx }) => ctx.services.notification.routesHistory()),
  messages: platformProcedure('notification:read')
    .input(listInput)
    .query(({ ctx, input }) => ctx.services.outbox.messages(input)),
  dryRun: platformProcedure('notification:read')
    .input(dryRunInput)
    .query(({ ctx, input }) => ctx.services.notification.dryRun(input.routes)),
  dryRunOnAlerts: platformProcedure('notification:read')
    .input(dryRunInput)
    .query(({ ctx, input }) => ctx.services.notification.dryRunOnAlerts(input.routes)),

  create: platformProcedure('notification:manage')
    .input(createInput)
    .mutation(({ ctx, input }) => ctx.services.notification.create(ctx.caller, input)),
  update: platformProcedure('notification:manage')
    .input(updateInput)
    .mutation(({ ctx, input }) => ctx.services.notification.update(ctx.caller, input)),
  remove: platformProcedure('notification:manage')
    .input(removeInput)
    .mutation(({ ctx, input }) => ctx.services.notification.remove(ctx.caller, input)),
  test: platformProcedure('notification:manage')
    .input(testInput)
    .mutation(({ ctx, input }) => ctx.services.notification.test(ctx.caller, input.id)),
  sendAgain: platformProcedure('notification:manage')
    .input(sendAgainInput)
    .mutation(({ ctx, input }) => ctx.services.outbox.sendAgain(ctx.caller, input.id)),
  setRoutes: platformProcedure('notification:manage')
    .input(setRoutesInput)
    .mutation(({ ctx, input }) => ctx.services.notification.setRoutes(ctx.caller, input)),
})
