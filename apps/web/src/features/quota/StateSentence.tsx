import { Status } from '../../components/Status.tsx'
import classes from './QuotasPage.module.css'
import { stateKind, stateSentence, type UsageNow } from './usage.ts'

/** The state of a tenant under the title of its pages. */
export function StateSentence({
  tenantId,
  suspended,
  usage,
}: {
  tenantId: string
  suspended: boolean
  usage: UsageNow | undefined
}) {
  if (suspended) return <Status kind="bad">{tenantId} is suspended: gateways refuse all that it sends.</Status>
  if (!usage) return null
  const kind = stateKind(usage)
  const sentence = stateSentence(tenantId, usage)
  if (kind === 'calm') return sentence
  return (
    <span className={classes.state}>
      <Status kind={kind}>{sentence}</Status>
    </span>
  )
}
