const everyMs = 1_000
/** While a policy change is being published: a gateway learns of a new version from the answer to its heartbeat. */
const hurriedEveryMs = 200
/** How long after the last step of a change gateways still hurry: edits often come in groups. */
const hurryMs = 3_000
/** The whole fleet hurries up to this rate, because the API and Postgres must keep up. */
const perSecondMax = 200

/**
 * When a gateway should send its next heartbeat, in milliseconds.
 * @param sinceChangeMs since something that policy depends on changed, or a version took a step
 */
export const nextHeartbeatMs = (gatewayCount: number, sinceChangeMs: number): number =>
  sinceChangeMs > hurryMs
    ? everyMs
    : Math.min(everyMs, Math.max(hurriedEveryMs, Math.ceil((gatewayCount * 1_000) / perSecondMax)))
