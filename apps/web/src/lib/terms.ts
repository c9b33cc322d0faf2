import { lateAfterMs } from '@tickwatch/policy'

/** The technical terms in the portal, each with one explanation (see `components/Term`). */
export const terms = {
  'active series':
    'Distinct series that received a sample within the idle timeout, 10 minutes by default. A series that moved to another gateway is shown at both until the timeout ends, but the limit counts it once.',
  'applied version': 'The policy version that the gateway enforces, as reported in its newest heartbeat.',
  attested: 'The gateway reported the version and the hash of the policy that it enforces.',
  bake: 'How long a wave runs with all its new instances before the next wave starts. Until then Auto Scaling can roll it back.',
  baseline: 'The instances of a rollout that do not have the new image yet.',
  boost: 'A temporary change: the old limits come back automatically.',
  'burn rate':
    'How many times as fast as the objective allows bad events come. At 1× the budget lasts exactly as long as the window.',
  canary: 'The instances of a rollout that have the new image.',
  candidate: 'The image that a rollout brings.',
  chain:
    'Every audit event has a hash of itself and of the event before it, so that nobody can change or remove an event unnoticed.',
  checkpoint:
    'A copy of the chain’s latest hash, saved every 5 minutes to an S3 bucket that nobody can change. Even the database owner cannot rewrite the log unnoticed.',
  'desired version': 'The policy version in the manifest of this gateway’s ring.',
  'error budget': 'The bad events that the objective allows in the window: at 99.9 %, one of 1,000.',
  envelope: 'The range that a tenant can set without approval. Anything outside it needs the platform team.',
  heartbeat: `A report of each gateway about its state, sent every second. After ${lateAfterMs / 1_000} s without one a gateway is away; if its connection breaks, at once.`,
  p99: 'Use was at most this value for 99 % of the time that was measured in the last 7 days, at a resolution of 15 s.',
  'policy version': 'The limits of all tenants, compiled and signed as one. Every change makes a new version.',
  refused: 'Samples that a gateway did not store, because of a limit or the label schema. The sender got an error.',
  ring: 'Gateways that get each new policy at the same time. The next ring gets it when the gateways of this one enforce it.',
} as const satisfies Record<string, string>

export type TermName = keyof typeof terms
