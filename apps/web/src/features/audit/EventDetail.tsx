import { Facts } from '../../components/Facts.tsx'
import { Id } from '../../components/Id.tsx'
import { Link } from '../../components/Link.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import classes from './Audit.module.css'
import { jsonDiff, valueText } from './jsonDiff.ts'

export type AuditEvent = Outputs['audit']['list']['items'][number]

/** What was changed. A request links to its page. */
export function Target({ event }: { event: AuditEvent }) {
  if (!event.action.startsWith('changeRequest.')) return <Words text={event.target} />
  return <Link href={`/approvals/${encodeURIComponent(event.target)}`}>request {event.target.slice(0, 8)}…</Link>
}

/** One unfolded event: what changed, before and after, and where the change came from. */
export function EventDetail({ event }: { event: AuditEvent }) {
  const differences = jsonDiff(event.before ?? undefined, event.after ?? undefined)
  return (
    <div className={classes.detail}>
      {event.unreadable ? (
        <Status kind="bad">The content of this event can’t be read: someone forged it.</Status>
      ) : differences.length === 0 ? (
        <p className={classes.dim}>This event changed no values.</p>
      ) : (
        <div className={classes.diffBox}>
          <table className={classes.diff} aria-label={`Before and after #${event.seq}`}>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ path, before, after }) => (
                <tr key={path}>
                  <th scope="row">
                    <Words text={path || event.target} />
                  </th>
                  <td>
                    <Before value={before} replaced={after !== undefined || event.after === null} />
                  </td>
                  <td>
                    {after === undefined || after === null ? (
                      '–'
                    ) : (
                      <ins>
                        <Words text={valueText(after)} />
                      </ins>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Facts
        facts={[
          { key: 'target', label: 'Target', value: <Target event={event} /> },
          { key: 'at', label: 'When', value: <Time at={event.occurredAt} exact /> },
          {
            key: 'actor',
            label: 'Who',
            value: (
              <>
                <Words text={event.actor} /> ({event.actorKind})
              </>
            ),
          },
          { key: 'from', label: 'From', value: <Words text={event.source ?? '–'} /> },
          {
            key: 'request',
            label: 'Request',
            value: event.requestId ? <Id value={event.requestId} keep={12} label="request id" /> : '–',
          },
          {
            key: 'link',
            label: 'Link',
            value: (
              <Link href={`/audit?cursor=${encodeURIComponent(event.cursor)}&open=${event.seq}`}>
                event #{formatInteger(event.seq)}
              </Link>
            ),
          },
          { key: 'hash', label: 'Hash', value: <Id value={event.hash} keep={12} label="hash" /> },
        ]}
      />
    </div>
  )
}

/** Strikes a value through if the event replaced or removed it. Otherwise the event was only decided by this value. */
function Before({ value, replaced }: { value: unknown; replaced: boolean }) {
  if (value === undefined || value === null) return '–'
  const words = <Words text={valueText(value)} />
  return replaced ? <del>{words}</del> : words
}
