'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconGauge } from '../../components/icons.tsx'
import { LimitChanges } from '../../components/LimitChanges.tsx'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows, StaleNote } from '../../components/StateView.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import { useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { sectionHref } from '../quota/editLink.ts'
import { historyInput } from '../quota/inputs.ts'
import { Meters, MetersSkeleton } from '../quota/Meters.tsx'
import { PendingChanges } from '../quota/PendingChanges.tsx'
import { LatestDecision } from '../quota/Requests.tsx'
import { StateSentence } from '../quota/StateSentence.tsx'
import { isStale } from '../quota/usage.ts'
import { useUsage } from '../quota/useUsage.ts'
import { WhyRefused } from '../refusal/WhyRefused.tsx'
import classes from './Overview.module.css'
import { Refused } from './Refused.tsx'

const changesShown = 5

/** `/t/<tenant>`: is anything of this tenant refused, why, and which changes are pending. */
export function TenantOverview({ tenantId }: { tenantId: string }) {
  const trpc = useTRPC()
  const usage = useUsage()
  const quota = useQuery(trpc.quota.current.queryOptions(undefined, { refetchInterval: 15_000 }))
  const history = useQuery(trpc.quota.history.queryOptions(historyInput(null)))
  const mayEdit = useCan('quota:propose', tenantId)
  const now = useNow()
  const quotasHref = `/t/${tenantId}/quotas`
  return (
    <>
      <PageHeader
        title="Overview"
        sentence={<StateSentence tenantId={tenantId} quota={quota.data} usage={usage.data} />}
        action={
          <Button component={Link} href={quotasHref} leftSection={<IconGauge size={16} />}>
            {mayEdit ? 'See and edit quotas' : 'See quotas'}
          </Button>
        }
      />
      {usage.data?.asOf && !usage.error && isStale(usage.data.asOf, now) && (
        <StaleNote what="use" asOf={usage.data.asOf} />
      )}
      <QueryView query={usage} what={`the use of ${tenantId}`} skeleton={<MetersSkeleton />}>
        {(data) => <Meters usage={data} />}
      </QueryView>
      <Section title={<Term name="refused">Refused</Term>}>
        {usage.data ? <Refused usage={usage.data} quota={quota.data} mayEdit={mayEdit} /> : '\u00a0'}
      </Section>
      <WhyRefused />
      <QueryView query={quota} what={`the limits of ${tenantId}`} skeleton={<SkeletonRows rows={2} />}>
        {(data) => <PendingChanges quota={data} mayEdit={mayEdit} />}
      </QueryView>
      <LatestDecision mayEdit={mayEdit} />
      <Section
        title="Latest changes"
        action={
          <Link href={sectionHref(tenantId, 'history')} className={classes.more}>
            All changes
          </Link>
        }
      >
        <QueryView query={history} what="the history" skeleton={<SkeletonRows rows={changesShown} />}>
          {(page) =>
            page.items.length === 0 ? (
              <p className={text.quiet}>No limit was changed yet. The platform’s defaults apply.</p>
            ) : (
              <ul className={classes.list}>
                {page.items.slice(0, changesShown).map((row) => (
                  <li key={row.revision} className={classes.entry}>
                    <LimitChanges changes={row.changes} />
                    <span className={text.quiet}>
                      <Words text={row.by.name} /> <Time at={row.createdAt} />: <Words text={row.reason} quoted />
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </QueryView>
      </Section>
    </>
  )
}
