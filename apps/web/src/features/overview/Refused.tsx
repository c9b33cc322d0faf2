import {
  limitDefinitions,
  limitOfQueryReason,
  limitOfReason,
  queryRefusalReasons,
  refusalReasons,
} from '@tickwatch/policy'
import { Link } from '../../components/Link.tsx'
import { Num } from '../../components/Num.tsx'
import { Status } from '../../components/Status.tsx'
import { refusedUnit } from '../../lib/refusals.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { editHref } from '../quota/editLink.ts'
import { daySentences, isRefusing, type UsageNow, wasNothing } from '../quota/usage.ts'
import classes from './Overview.module.css'

type QuotaView = Outputs['quota']['current']

/** What is refused now, by reason, with a link to edit the limit behind it, if any, and the total of the last 24 h. */
export function Refused({
  usage,
  quota,
  mayEdit,
}: {
  usage: UsageNow
  quota: QuotaView | undefined
  mayEdit: boolean
}) {
  if (quota?.tenant.status === 'suspended') {
    return (
      <p className={classes.sentence}>
        <Status kind="bad">Everything is refused while the tenant is suspended.</Status>
      </p>
    )
  }
  const refused = [
    ...usage.refusedByReason.map(({ reason, samplesPerSecond }) => ({
      key: reason as string,
      words: `${refusalReasons[reason]} (${reason})`,
      limit: limitOfReason[reason],
      rate: <Num value={samplesPerSecond} unit={refusedUnit(reason)} />,
    })),
    ...usage.refusedQueries.map(({ reason, queriesPerSecond }) => ({
      key: `queries ${reason}`,
      words: `${queryRefusalReasons[reason]} (${reason})`,
      limit: limitOfQueryReason[reason],
      rate: <Num value={queriesPerSecond} unit="queries/s" />,
    })),
  ]
  return (
    <>
      {refused.length === 0 ? (
        <p className={classes.sentence}>
          {usage.asOf === null ? (
            <Status kind="warning">What is refused now is unknown: no gateway reports.</Status>
          ) : (
            <Status kind="good">Nothing is refused now.</Status>
          )}
        </p>
      ) : (
        <ul className={classes.list}>
          {refused.map(({ key, words, limit, rate }) => (
            <li key={key} className={classes.refusal}>
              <Status kind="bad">
                {words}: {rate}
              </Status>
              {limit && quota && mayEdit && (
                <Link href={editHref(quota.tenant.id, { edit: limit })}>
                  Edit {limitDefinitions[limit].title.toLowerCase()}
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
      <p className={classes.day}>{dayWords(usage)}</p>
    </>
  )
}

/** The totals of 24 h include a refusal up to a minute later. */
function dayWords(usage: UsageNow): string {
  const day = usage.refused24h
  if (day === null) return 'The refusals of the last 24 h are unknown: past use could not be read.'
  const isNew = usage.refusedSince || isRefusing(usage)
  if (wasNothing(day) && isNew) return 'The totals of the last 24 h will include the refusals of this minute soon.'
  return daySentences(day).join(' ')
}
