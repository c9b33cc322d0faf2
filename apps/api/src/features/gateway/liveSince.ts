import { awayAfterMs } from '@tickwatch/policy'

/** Gateways heard of since then are live. */
export const liveSince = () => new Date(Date.now() - awayAfterMs)
