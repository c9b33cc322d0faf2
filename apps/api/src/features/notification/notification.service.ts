import { randomUUID } from 'node:crypto'
import {
  AlreadyExists,
  alerts,
  auditLog,
  type Backlog,
  type Database,
  NotFound,
  outbox,
  type PlatformTx,
  type Receiver,
  receivers,
} from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { sloLabels } from '@tickwatch/slo'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { alertNameOf, severityOf, tenantOf } from '../incident/incident.intake.ts'
import {
  inRoutes,
  kindFixed,
  nameTaken,
  noSuchReceiver,
  notConfirmed,
  routesChanged,
  tooMany,
} from './notification.errors.ts'
import { alertDryRunOf, dryRunOf } from './notification.rules.ts'
import {
  type AlertDryRunView,
  type createInput,
  type DryRunView,
  type ReceiversView,
  type ReceiverView,
  type Route,
  type RoutesView,
  type removeInput,
  type setRoutesInput,
  undecidedForMs,
  type updateInput,
} from './notification.types.ts'
import { type NotificationQueue, routesOf } from './queue.ts'
import { notificationOf } from './sending/content.ts'
import { settingsOf } from './sending/deliver.ts'
import { testNews } from './testNews.ts'

export type NotificationService = {
  receivers(): Promise<ReceiversView>
  create(caller: Caller, input: z.output<typeof createInput>): Promise<{ id: string }>
  update(caller: Caller, input: z.output<typeof updateInput>): Promise<{ id: string }>
  /** Sends nothing more to it, also not what waits. @throws receiver-in-routes */
  remove(caller: Caller, input: z.output<typeof removeInput>): Promise<{ id: string }>
  /** Sends an incident that opens and resolves. @returns its subject, by which the messages can be found. */
  test(caller: Caller, id: string): Promise<{ subject: string }>
  routes(): Promise<RoutesView>
  /** @throws routes-changed if someone else set them since `baseVersion` */
  setRoutes(caller: Caller, input: z.output<typeof setRoutesInput>): Promise<RoutesView>
  /** The last versions of the routes, newest first. */
  routesHistory(): Promise<RoutesView[]>
  /** What these routes would do with the last 100 notifications, by the same function that routes them. */
  dryRun(routes: readonly Route[]): Promise<DryRunView>
  /** The same with the last 100 alerts, each as an incident of it alone is told. */
  dryRunOnAlerts(routes: readonly Route[]): Promise<AlertDryRunView>
}

/** Each is asked for its state when the page is shown, and each has a worker. */
const receiversMax = 50
const dryRunCount = 100
/** A notification is stored once for each of its receivers. */
const dryRunMessages = 500

export function createNotificationService(
  db: Database,
  { queueTo }: NotificationQueue,
  mailIsSetUp: boolean,
): NotificationService {
  return {
    receivers: () =>
      db.platform(async (tx) => {
        const backlogs = await outbox.backlogs(tx, new Date(Date.now() - undecidedForMs))
        const items = (await receivers.live(tx)).flatMap((receiver) => {
          const settings = settingsOf(receiver)
          const backlog = backlogs.find(({ receiverId }) => receiverId === receiver.id)
          const { id, name, createdAt, failures, pausedUntil } = receiver
          // After each request it pauses for a moment.
          const isPaused = failures > 0 && pausedUntil !== null && pausedUntil > new Date()
          const view = {
            ...{ id, name, failures, createdAt: createdAt.toISOString() },
            waiting: backlog?.waiting ?? 0,
            oldestWaitingAt: backlog?.oldest?.toISOString() ?? null,
            waitingAnswer: backlog?.waitingAnswer ?? null,
            ...{ failed: backlog?.failed ?? 0, unknown: backlog?.unknown ?? 0 },
            last: backlog?.last ? lastView(backlog.last) : null,
            pausedUntil: isPaused ? pausedUntil.toISOString() : null,
          }
          return settings ? [{ ...view, settings }] : []
        })
        return { items, receiversMax, mailIsSetUp }
      }),

    create: (caller, { name, settings }) =>
      orNameTaken(name, () =>
        db.platform(async (tx) => {
          if ((await receivers.live(tx)).length >= receiversMax) throw tooMany(receiversMax)
          const id = randomUUID()
          const { kind } = settings
          await receivers.create(tx, { id, name, kind, settings, createdAt: new Date() })
          const after = { id, name, ...settings } satisfies Json
          await auditLog.append(tx, personEvent(caller, { action: 'receiver.create', target: name, after }))
          return { id }
        }),
      ),

    update: (caller, { id, name, settings }) =>
      orNameTaken(name, () =>
        db.platform(async (tx) => {
          const before = await mustBeLive(tx, id)
          if (before.kind !== settings.kind) throw kindFixed()
          await receivers.update(tx, id, { name, settings })
          const states = { before: stateOf(before), after: { id, name, ...settings } satisfies Json }
          await auditLog.append(tx, personEvent(caller, { action: 'receiver.update', target: name, ...states }))
          return { id }
        }),
      ),

    remove: (caller, { id, confirm }) =>
      db.platform(async (tx) => {
        // Routes that are set at the same moment wait for this lock.
        await outbox.lockReceivers(tx, [id])
        const receiver = await mustBeLive(tx, id)
        if (confirm !== receiver.name) throw notConfirmed()
        const users = routesOf((await receivers.routes(tx))?.routes).filter((route) => route.receivers.includes(id))
        if (users.length > 0)
          throw inRoutes(
            receiver.name,
            users.map((route) => route.name),
          )
        await receivers.remove(tx, id, new Date())
        const event = { action: 'receiver.remove', target: receiver.name, before: stateOf(receiver) }
        await auditLog.append(tx, personEvent(caller, event))
        return { id }
      }),

    test: (caller, id) =>
      db.platform(async (tx) => {
        const { name } = await mustBeLive(tx, id)
        const subject = `test/${randomUUID()}`
        await queueTo(tx, id, testNews(subject, caller.name, new Date()))
        await auditLog.append(
          tx,
          personEvent(caller, { action: 'receiver.test', target: name, after: { id, subject } }),
        )
        return { subject }
      }),

    routes: () => db.platform(async (tx) => routesView(await receivers.routes(tx))),

    async setRoutes(caller, { baseVersion, routes, reason }) {
      return db.platform(async (tx) => {
        const ids = [...new Set(routes.flatMap((route) => route.receivers))]
        const known = await outbox.lockReceivers(tx, ids)
        const faulty = routes.find((route) => route.receivers.some((id) => !known.includes(id)))
        if (faulty) throw noSuchReceiver(faulty.name)
        const now = routesView(await receivers.routes(tx))
        if (now.version !== baseVersion) throw routesChanged(now.version)
        const version = { version: baseVersion + 1, createdAt: new Date(), by: personOf(caller), reason, routes }
        await receivers.appendRoutes(tx, version).catch((cause: unknown) => {
          throw cause instanceof AlreadyExists ? routesChanged(baseVersion + 1) : cause
        })
        const states = { before: { routes: now.routes }, after: { routes }, reason }
        const target = `version ${version.version}`
        await auditLog.append(tx, personEvent(caller, { action: 'notificationRoutes.set', target, ...states }))
        return routesView(version)
      })
    },

    routesHistory: () => db.platform(async (tx) => (await receivers.versions(tx, 50)).map(routesView)),

    dryRun: (routes) =>
      db.platform(async (tx) => {
        const names = new Map((await receivers.live(tx)).map(({ id, name }) => [id, name]))
        const { items } = await outbox.list(tx, { pageSize: dryRunMessages })
        const told = new Map(
          items.map(({ subject, event, payload }) => [`${event} ${subject}`, notificationOf(payload)]),
        )
        const last = [...told.values()].slice(0, dryRunCount).map(({ title, kind, severity, tenantId, slo }) => ({
          ...{ title, kind, severity, tenantId, slo },
        }))
        return dryRunOf(routes, last, (id) => names.get(id) ?? null)
      }),

    dryRunOnAlerts: (routes) =>
      db.platform(async (tx) => {
        const now = routesOf((await receivers.routes(tx))?.routes)
        const last = (await alerts.newest(tx, dryRunCount)).map((alert) => ({
          ...{ kind: 'incident' as const, severity: severityOf(alert), tenantId: tenantOf(alert) },
          ...{ slo: alert.labels[sloLabels.slo] ?? null, name: alertNameOf(alert) },
          startsAt: alert.startsAt.toISOString(),
        }))
        return alertDryRunOf(routes, now, last).map(({ kind: _, ...view }) => view)
      }),
  }
}

const lastView = ({ at, state, answer }: NonNullable<Backlog['last']>): ReceiverView['last'] => ({
  at: at.toISOString(),
  state: state === 'sent' || state === 'failed' ? state : 'unknown',
  answer,
})

async function mustBeLive(tx: PlatformTx, id: string): Promise<Receiver> {
  const receiver = await receivers.byId(tx, id)
  if (!receiver || receiver.removedAt) throw notFound('receiver')
  return receiver
}

async function orNameTaken<T>(name: string, writing: () => Promise<T>): Promise<T> {
  try {
    return await writing()
  } catch (cause) {
    if (cause instanceof AlreadyExists) throw nameTaken(name)
    throw cause instanceof NotFound ? notFound('receiver') : cause
  }
}

const stateOf = ({ id, name, settings }: Receiver): Json => ({ id, name, ...(settings as Record<string, Json>) })

const routesView = (stored: Awaited<ReturnType<typeof receivers.routes>>): RoutesView => ({
  version: stored?.version ?? 0,
  createdAt: stored?.createdAt.toISOString() ?? null,
  by: stored?.by ?? null,
  reason: stored?.reason ?? null,
  routes: routesOf(stored?.routes),
})
