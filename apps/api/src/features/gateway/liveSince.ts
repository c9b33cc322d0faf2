import { awayAfterMs } from '@tickwatch/policy'

/** A gateway is live if its last heartbeat is newer than this, and its connection did not break after it. */
export const liveSince = () => new Date(Date.now() - awayAfterMs)
