import type { Exclusion, MaintenanceWindow, StoredSlo } from '@tickwatch/db'
import { windowState } from '../../shared/windowState.ts'
import { maySeeGroup, maySeeSlo, type Viewer } from '../slo/slo.visible.ts'
import type { MaintenanceView } from './maintenance.types.ts'

type Slos = readonly Pick<StoredSlo, 'id' | 'definition'>[]

/** A person sees the windows of the SLOs and groups that they see. Of a deleted SLO nobody knows whom it named. */
export function maySeeWindow(
  viewer: Viewer,
  { sloId, labels }: Pick<Exclusion, 'sloId' | 'labels'>,
  slos: Slos,
): boolean {
  if (viewer.isPlatform || sloId === null) return true
  const slo = slos.find(({ id }) => id === sloId)
  return slo !== undefined && maySeeSlo(viewer, slo.definition) && (labels === null || maySeeGroup(viewer, labels))
}

export function windowView(viewer: Viewer, window: MaintenanceWindow, slos: Slos, nowMs: number): MaintenanceView {
  const { id, sloId, labels, startsAt, endsAt, until, by, reason, approvedBy, approvedAt, ended, changeRequestId } =
    window
  return {
    ...{ id, sloId, labels, state: windowState(window, nowMs) },
    title: slos.find((slo) => slo.id === sloId)?.definition.title ?? null,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    until: until.toISOString(),
    approvedLateSeconds: Math.max(0, Math.round((approvedAt.getTime() - startsAt.getTime()) / 1_000)),
    decision: viewer.isPlatform
      ? { by, reason, approvedBy, approvedAt: approvedAt.toISOString(), ended, changeRequestId }
      : null,
  }
}
