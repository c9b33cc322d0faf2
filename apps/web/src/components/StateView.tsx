'use client'

import { Alert, Button, Skeleton } from '@mantine/core'
import { type Permission, rolesWith } from '@tickwatch/policy'
import type { ReactNode } from 'react'
import { describeFault, isUnanswered } from '../lib/errors.ts'
import { serverTime, useNow } from '../lib/now.ts'
import { either, roleName } from '../lib/words.ts'
import { Id } from './Id.tsx'
import { IconAlertTriangle, IconCloudOff, IconLock } from './icons.tsx'
import { RoleHolders } from './RoleHolders.tsx'
import classes from './StateView.module.css'
import { Status } from './Status.tsx'
import { Time } from './Time.tsx'

/** The part of a react-query result that {@link QueryView} needs. */
export type QueryLike<T> = {
  data: T | undefined
  error: unknown
  isPending: boolean
  isFetching: boolean
  dataUpdatedAt: number
  refetch: () => unknown
}

/**
 * Shows the state of a query: a skeleton of the final shape (visible only after 150 ms), the data, the error, or, if a
 * refresh failed, the last known data with its age.
 * @param what names the data in error messages: `the fleet`, `tenants`.
 * @param freshForMs for data that the API pushes: older data is called stale, even if no error was reported.
 */
export function QueryView<T>({
  query,
  what,
  skeleton,
  freshForMs,
  children,
}: {
  query: QueryLike<T>
  what: string
  skeleton: ReactNode
  freshForMs?: number
  children: (data: T) => ReactNode
}) {
  if (query.data !== undefined) {
    return (
      <>
        <Staleness query={query} what={what} freshForMs={freshForMs} />
        {children(query.data)}
      </>
    )
  }
  if (query.error !== null && query.error !== undefined) {
    return (
      <ErrorState
        error={query.error}
        what={`Could not load ${what}`}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    )
  }
  return (
    <div className={classes.late} role="status" aria-label={`Loading ${what}`}>
      {skeleton}
    </div>
  )
}

/** True if a query's data is no longer updated: its last refresh failed, or the API stopped pushing. */
export function useStale(query: Pick<QueryLike<unknown>, 'error' | 'dataUpdatedAt'>, freshForMs?: number): boolean {
  const now = useNow(5_000)
  const failed = query.error !== null && query.error !== undefined
  return failed || (freshForMs !== undefined && now - serverTime(query.dataUpdatedAt) > freshForMs)
}

function Staleness({
  query,
  what,
  freshForMs,
}: {
  query: QueryLike<unknown>
  what: string
  freshForMs: number | undefined
}) {
  const stale = useStale(query, freshForMs)
  if (!stale) return null
  return <StaleNote what={what} asOf={serverTime(query.dataUpdatedAt)} onRetry={() => void query.refetch()} />
}

/** Grey lines that stand for `rows` rows of `height` pixels. */
export function SkeletonRows({ rows, height = 36 }: { rows: number; height?: number }) {
  return (
    <div className={classes.rows}>
      {Array.from({ length: rows }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without identity
        <div key={i} style={{ height }} className={classes.row}>
          <Skeleton height={10} width={`${[62, 48, 71, 55][i % 4]}%`} animate={false} />
        </div>
      ))}
    </div>
  )
}

/**
 * An error, shown where it happened: what failed, whether anything was lost, what to do, the request id.
 * @param lost what happened to the person's work; by default: nothing was changed.
 * @param change true for a change: without an answer nobody knows whether the API applied it.
 */
export function ErrorState({
  error,
  what,
  lost,
  change = false,
  onRetry,
  retrying = false,
}: {
  error: unknown
  what: string
  lost?: ReactNode
  change?: boolean
  onRetry?: () => void
  retrying?: boolean
}) {
  const fault = describeFault(error)
  const unknown = change && isUnanswered(fault)
  return (
    <Alert
      role="alert"
      icon={fault.requestId ? <IconAlertTriangle size={18} /> : <IconCloudOff size={18} />}
      title={unknown ? 'We do not know whether this was applied' : what}
      classNames={{ root: classes.alert, icon: classes.alertIcon, title: classes.alertTitle }}
    >
      <p className={classes.paragraph}>
        {fault.sentence} {lost}
        {unknown && ' It may have been applied. Check what the page shows now before you try again.'}
        {!unknown &&
          !lost &&
          !fault.requestId &&
          ' Nothing was changed. The API may be starting or unreachable: try again in a moment.'}
      </p>
      {fault.requestId && (
        <p className={classes.paragraph}>
          Request <Id value={fault.requestId} keep={12} label="request id" />: give this id to the platform team.
        </p>
      )}
      {onRetry && (
        <Button size="compact-sm" variant="default" onClick={onRetry} loading={retrying} mt={8}>
          Try again
        </Button>
      )}
    </Alert>
  )
}

/** Shown when live updates stopped, with the age of the values that are still shown. */
export function StaleNote({ what, asOf, onRetry }: { what: string; asOf: number | string; onRetry?: () => void }) {
  return (
    <div className={classes.stale} role="status">
      <Status kind="warning">
        Updates of {what} stopped; these values are from <Time at={asOf} />.
      </Status>
      {onRetry && (
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** An empty place: what it will show, why it is empty, and the one action that fills it. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{title}</p>
      {children && <p className={classes.paragraph}>{children}</p>}
      {action && <div className={classes.emptyAction}>{action}</div>}
    </div>
  )
}

/** Which role a person needs, who has it, and who can grant it. */
export function NoPermission({ permission, what }: { permission: Permission; what: string }) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>
        <IconLock size={16} className={classes.lock} /> You may not see {what}
      </p>
      <p className={classes.paragraph}>
        You need the role {either(rolesWith(permission).map(roleName))}.
        <RoleHolders permission={permission} /> A platform admin grants it under Access.
      </p>
    </div>
  )
}
