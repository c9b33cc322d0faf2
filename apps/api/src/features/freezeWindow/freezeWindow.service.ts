import { randomUUID } from 'node:crypto'
import { auditLog, type Database, freezeWindows, jobs } from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { freezeInvalid, freezeOver, tooManyFreezes } from './freezeWindow.errors.ts'
import { freezeFault, freezeView } from './freezeWindow.rules.ts'
import type { createInput, endInput, FreezeView, listInput } from './freezeWindow.types.ts'

export type FreezeWindowService = {
  /** All of them, the one that ends or ended last first. */
  list(input: z.output<typeof listInput>): Promise<Page<FreezeView>>
  /** Those that hold and those that come, the one that begins first first. */
  current(): Promise<FreezeView[]>
  /** @throws freeze-window-invalid, freeze-windows-full */
  create(caller: Caller, input: z.output<typeof createInput>): Promise<{ id: string }>
  /** Ends a window, or cancels it before it begins. @throws freeze-window-over, not found */
  end(caller: Caller, input: z.output<typeof endInput>): Promise<{ id: string }>
}

/** Each start of a wave reads them. */
const windowsMax = 100

export function createFreezeWindowService(db: Database): FreezeWindowService {
  return {
    list: (input) =>
      db.platform(async (tx) => {
        const page = await freezeWindows.list(tx, input)
        const nowMs = Date.now()
        return { ...page, items: page.items.map((window) => freezeView(window, nowMs)) }
      }),

    current: () =>
      db.platform(async (tx) => {
        const now = new Date()
        return (await freezeWindows.ahead(tx, now)).map((window) => freezeView(window, now.getTime()))
      }),

    create: (caller, { reason, startsAt, endsAt, environments }) =>
      db.platform(async (tx) => {
        const now = new Date()
        const times = { startsAt: new Date(startsAt), endsAt: new Date(endsAt) }
        const fault = freezeFault(times, now.getTime())
        if (fault !== null) throw freezeInvalid(fault)
        if ((await freezeWindows.ahead(tx, now)).length >= windowsMax) throw tooManyFreezes(windowsMax)
        const id = randomUUID()
        const named = [...new Set(environments)]
        await freezeWindows.create(tx, {
          id,
          reason,
          ...times,
          environments: named,
          by: personOf(caller),
          createdAt: now,
        })
        await jobs.notify(tx, { kind: 'rollout' })
        const after = { startsAt, endsAt, environments: named }
        await auditLog.append(tx, personEvent(caller, { action: 'freezeWindow.create', target: id, after, reason }))
        return { id }
      }),

    end: (caller, { id, reason }) =>
      db.platform(async (tx) => {
        const window = await freezeWindows.byId(tx, id)
        if (!window) throw notFound('freeze window')
        const at = new Date()
        if (!(await freezeWindows.end(tx, id, at, { by: personOf(caller), reason }))) throw freezeOver()
        await jobs.notify(tx, { kind: 'rollout' })
        const action = at <= window.startsAt ? 'freezeWindow.cancel' : 'freezeWindow.end'
        const before = { until: window.until.toISOString(), environments: window.environments }
        const after = { until: at.toISOString() }
        await auditLog.append(tx, personEvent(caller, { action, target: id, before, after, reason }))
        return { id }
      }),
  }
}
