import { Section } from '../../components/Section.tsx'
import classes from './Readers.module.css'
import type { Endpoint } from './readers.ts'

/** Where readers send queries, what they get, and how they authenticate. */
export function HowToQuery({ tenantId, endpoint }: { tenantId: string; endpoint: Endpoint }) {
  return (
    <Section title="How to query">
      <dl className={classes.facts}>
        <div>
          <dt>Address</dt>
          <dd>
            <code>{endpoint.url}</code>. Grafana and other clients use it like a Prometheus server: it has{' '}
            <code>query</code>, <code>query_range</code>, <code>series</code>, <code>labels</code> and label values
            under <code>/api/v1/</code>. Whatever a query asks for, the answer has only series of {tenantId}.
          </dd>
        </div>
        <div>
          <dt>With a token</dt>
          <dd>
            Send the header <code>Authorization: Bearer tw_r_…</code>. Tickwatch keeps only a hash of the token: if you
            lose it, create another. The token’s last use is the newest query that a gateway received with it, to the
            minute; a query that a limit refused counts too.
          </dd>
        </div>
        <div>
          <dt>With a certificate</dt>
          <dd>
            A client certificate with the URI{' '}
            <code>
              spiffe://{'<trust domain>'}/tenant/{tenantId}/reader/{'<name>'}
            </code>
            , from the authority that issues the writers’ certificates, needs no token. Readers with a certificate are
            not in this list.
          </dd>
        </div>
      </dl>
    </Section>
  )
}
