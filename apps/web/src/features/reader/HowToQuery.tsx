import { Section } from '../../components/Section.tsx'
import classes from './Readers.module.css'

/** Where readers ask, what is answered, and how they show who they are. */
export function HowToQuery({ tenantId, readersUrl }: { tenantId: string; readersUrl: string }) {
  return (
    <Section title="How to query">
      <dl className={classes.facts}>
        <div>
          <dt>Address</dt>
          <dd>
            <code>{readersUrl}</code>, a Prometheus server for Grafana and everything else that speaks its query API:{' '}
            <code>query</code>, <code>query_range</code>, <code>series</code>, <code>labels</code> and label values
            under <code>/api/v1/</code>. It answers from the series of {tenantId} only, whatever is asked.
          </dd>
        </div>
        <div>
          <dt>With a token</dt>
          <dd>
            In the header <code>Authorization: Bearer tw_r_…</code>. Tickwatch keeps a hash of it: who loses the token
            creates another.
          </dd>
        </div>
        <div>
          <dt>With a certificate</dt>
          <dd>
            A client certificate with the URI{' '}
            <code>
              spiffe://{'<trust domain>'}/tenant/{tenantId}/reader/{'<name>'}
            </code>
            , of the authority that issues those of the writers, needs no token. Such readers are not in this list.
          </dd>
        </div>
      </dl>
    </Section>
  )
}
