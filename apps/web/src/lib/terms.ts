/** The field's terms that the portal uses, each explained once in place (see `components/Term`). */
export const terms = {
  'active series':
    'Distinct series that received a sample within the idle timeout, 10 minutes by default. One that moved to another gateway is shown at both until then; the limit counts it once.',
  'applied version': 'The policy version that the gateway said it enforces, in its newest heartbeat.',
  attested: 'The gateway reported version and hash of the policy that it enforces.',
  boost: 'A change with an end: the limits from before it come back by themselves.',
  canary: 'The ring that gets a new policy first. The fleet follows once a canary enforces it.',
  chain:
    'Every audit event carries a hash over itself and the event before it, so that nothing can be changed or taken out unseen.',
  checkpoint:
    'Where the chain stood, written every 5 minutes to an S3 bucket in which nothing can be deleted or written over: even who owns the database can not write the log anew unseen.',
  'desired version': 'The policy version that the ring of this gateway was told to enforce.',
  envelope: 'The least and the most that a tenant may set alone. Outside it someone of the platform team decides.',
  fleet: 'The ring of all gateways that are not canaries.',
  heartbeat: 'Each gateway reports its state every few seconds; after 15 s without one it is away.',
  p99: 'The value that use stayed under for 99 % of the last 7 days.',
  'policy version': 'The limits of all tenants, compiled and signed as one. Every change makes a new version.',
  refused:
    'Samples that a gateway answered with an error instead of storing, because a limit or the label schema said so.',
} as const satisfies Record<string, string>

export type TermName = keyof typeof terms
