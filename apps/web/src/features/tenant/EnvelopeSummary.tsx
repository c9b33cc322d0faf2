import { limitDefinitions, limitNames } from '@tickwatch/policy'
import type { Outputs } from '../../lib/trpc/client.ts'
import { boundsText } from './envelope.ts'
import classes from './TenantPanel.module.css'

/** The limits that a tenant can set alone, and in which range. */
export function EnvelopeSummary({ tenant }: { tenant: Outputs['tenant']['get'] }) {
  const own = limitNames.filter((limit) => tenant.envelope[limit])
  if (own.length === 0) return <p className={classes.text}>Every change of its limits needs an approval.</p>
  return (
    <>
      <ul className={classes.list}>
        {own.map((limit) => (
          <li key={limit}>
            {limitDefinitions[limit].title}: {boundsText(tenant.envelope[limit])} {limitDefinitions[limit].unit}
          </li>
        ))}
      </ul>
      {own.length < limitNames.length && (
        <p className={classes.note}>Every change of another limit needs an approval.</p>
      )}
    </>
  )
}
