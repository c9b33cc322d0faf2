'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { plural } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { AlertTry } from './AlertTry.tsx'
import classes from './Notifications.module.css'
import type { Route } from './notifications.ts'

const listedMax = 10
/** A longer route does not fit in the address of a request. */
const charactersMax = 1_200

/**
 * Which of the last notifications this route would have sent, and which of the last alerts it would have taken, by the function
 * that routes them.
 * @param name of the route that is being changed; null for a new one
 */
export function RouteTry({ route, name }: { route: Route; name: string | null }) {
  const trpc = useTRPC()
  const [tried] = useDebouncedValue(route, 300)
  const isLong = encodeURIComponent(JSON.stringify(tried)).length > charactersMax
  const { data, error } = useQuery(
    trpc.notification.dryRun.queryOptions(
      { routes: [tried] },
      { placeholderData: keepPreviousData, staleTime: 30_000, enabled: !isLong },
    ),
  )
  const onAlerts = useQuery(
    trpc.notification.dryRunOnAlerts.queryOptions(
      { routes: [tried] },
      { placeholderData: keepPreviousData, staleTime: 30_000, enabled: !isLong },
    ),
  )
  const alerts = onAlerts.data && <AlertTry alerts={onAlerts.data} name={name} />
  if (isLong) {
    return <p className={`${text.text} ${text.dimmed}`}>It names too many tenants and SLOs to be tried here.</p>
  }
  if (error) return <p className={text.text}>It could not be tried: {describeFault(error).sentence}</p>
  if (!data) return null
  const chosen = data.filter(({ receivers }) => receivers.length > 0)
  if (data.length === 0) {
    return (
      <div role="status">
        <p className={`${text.text} ${text.dimmed}`}>Nothing was sent yet that it could be tried on.</p>
        {alerts}
      </div>
    )
  }
  return (
    <div role="status">
      <p className={text.text}>
        Of the last {plural(data.length, 'notification')} that went to any receiver, it fits {chosen.length}.
      </p>
      <ul className={classes.tried} aria-label="Notifications that it fits">
        {chosen.slice(0, listedMax).map(({ title, kind, severity }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same title may be there many times
          <li key={i}>
            <Words text={title} /> <span className={text.dimmed}>{`${kind}, ${severity}`}</span>
          </li>
        ))}
        {chosen.length > listedMax && <li className={text.dimmed}>and {chosen.length - listedMax} more</li>}
      </ul>
      {alerts}
    </div>
  )
}
