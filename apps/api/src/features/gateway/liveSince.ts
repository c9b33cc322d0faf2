import type { Gateway } from '@tickwatch/db'
import { lateAfterMs } from '@tickwatch/policy'

/**
 * A gateway is live if its newest heartbeat is not older than this, its connection did not break after it, and it did not
 * leave. Only a live gateway's figures are figures of now: every page and every sum counts these gateways and no others.
 */
export const liveSince = (nowMs = Date.now()) => new Date(nowMs - lateAfterMs)

export const isLive = ({ heartbeatAt, lostAt, leftAt }: Gateway, nowMs: number): boolean =>
  lostAt === null && leftAt === null && heartbeatAt >= liveSince(nowMs)

/** A gateway that drained, or whose instance Auto Scaling no longer runs, belongs to the fleet again only after its next heartbeat. */
export const hasEnded = ({ leftAt, endedAt }: Pick<Gateway, 'leftAt' | 'endedAt'>): boolean =>
  leftAt !== null || endedAt !== null
