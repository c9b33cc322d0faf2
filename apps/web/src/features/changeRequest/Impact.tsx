import { isLimitName, limitDefinitions } from '@tickwatch/policy'
import { limitText } from '../../components/LimitChanges.tsx'
import { Num } from '../../components/Num.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger, formatPercent } from '../../lib/format.ts'
import { isQueryLimit } from '../../lib/limitGroups.ts'
import { refusedUnitOf } from '../quota/usage.ts'
import classes from './Approvals.module.css'
import { type ChangeRequestDetail, harmsOf, outsideText } from './request.ts'

const headings: Record<ChangeRequestDetail['state'], string> = {
  pending: 'What it would change',
  approved: 'What it changed',
  declined: 'What it would have changed',
  withdrawn: 'What it would have changed',
  outdated: 'What it would have changed',
}

/** What the request would change: each limit with its envelope and use, the tenant's plan, the sum of all tenants. */
export function Impact({ request }: { request: ChangeRequestDetail }) {
  const pending = request.state === 'pending'
  return (
    <section>
      <h3 className={classes.heading}>{headings[request.state]}</h3>
      <div className={classes.changes}>
        {(request.approved ?? request.changes).map((change) => (
          <Change key={change.limit} change={change} request={request} />
        ))}
      </div>
      <dl className={classes.facts}>
        <div>
          <dt>Plan</dt>
          <dd>
            <Words text={request.plan} />
          </dd>
        </div>
        {!request.changes.every(({ limit }) => isQueryLimit(limit)) && (
          <div>
            <dt>Sum of all tenants’ limits of samples per second</dt>
            <dd>
              <FleetTotal total={request.fleetTotal} pending={pending} />
            </dd>
            <dd>
              <Capacity total={request.fleetTotal} />
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function Change({
  change: { limit, from, to },
  request,
}: {
  change: ChangeRequestDetail['changes'][number]
  request: ChangeRequestDetail
}) {
  const { title, unit } = limitDefinitions[limit]
  const bounds = request.envelope[limit]
  const pending = request.state === 'pending'
  const outside = request.outside.find((one) => one.limit === limit)
  const use = request.use.find((one) => isLimitName(one.limit) && one.limit === limit)
  const harm = harmsOf(request).find((one) => one.limit === limit)
  return (
    <div className={classes.change}>
      <p className={classes.changeTitle}>
        {title}: {formatInteger(from)} → <strong>{limitText(limit, to)}</strong>{' '}
        <span className={classes.dim}>({times(from, to)})</span>
      </p>
      <Track
        fromLabel={pending ? 'limit now' : 'before'}
        toLabel={request.approved ? 'approved' : 'asked'}
        from={from}
        to={to}
        used={use?.used ?? null}
        p99={use?.p99 ?? null}
        bounds={bounds ?? null}
      />
      <ul className={classes.changeFacts}>
        <li>
          {bounds && <Key what="envelope" />}
          <Term name="envelope">Envelope</Term>{' '}
          {bounds ? `${formatInteger(bounds.min)} to ${limitText(limit, bounds.max)}` : 'none for this limit'}
          {outside && bounds && `: asked for ${outsideText(outside)}`}
        </li>
        {use && (use.used !== null || use.p99 !== null) ? (
          <li>
            {use.used !== null && <Key what="used" />}
            Use now <Num value={use.used} unit={unit} />
            {pending &&
              use.used !== null &&
              `: ${formatPercent(use.used / from)} of the limit, ${formatPercent(use.used / to)} of the limit asked for`}
            {pending && (use.refusedPerSecond ?? 0) > 0 && (
              <>
                , <Num value={use.refusedPerSecond} unit={refusedUnitOf(limit)} /> are refused now
              </>
            )}
            {use.p99 !== null && (
              <>
                ; <Key what="p99" />
                7-day <Term name="p99" /> <Num value={use.p99} unit={unit} />
              </>
            )}
          </li>
        ) : (
          <li>Use of this limit is not metered.</li>
        )}
        {harm && (
          <li>
            <Status kind="warning">{harm.sentence}</Status>
          </li>
        )}
      </ul>
    </div>
  )
}

/** How the track above shows what the words after it name. */
const Key = ({ what }: { what: 'envelope' | 'used' | 'p99' }) => (
  <span className={classes.key} data-what={what} aria-hidden="true" />
)

/** Use, present limit, envelope and the limit that is asked for or approved, on one scale. The text below has the same numbers, with a key. */
function Track({
  fromLabel,
  toLabel,
  from,
  to,
  used,
  p99,
  bounds,
}: {
  fromLabel: string
  toLabel: string
  from: number
  to: number
  used: number | null
  p99: number | null
  bounds: { min: number; max: number } | null
}) {
  const top = Math.max(from, to, used ?? 0, p99 ?? 0, bounds?.max ?? 0) * 1.04
  const at = (value: number) => `${(value / top) * 100}%`
  return (
    <div className={classes.track} aria-hidden="true">
      {bounds && (
        <span className={classes.envelope} style={{ left: at(bounds.min), width: at(bounds.max - bounds.min) }} />
      )}
      {used !== null && <span className={classes.used} style={{ width: at(used) }} />}
      {p99 !== null && <span className={classes.tick} data-what="p99" style={{ left: at(p99) }} />}
      <span className={classes.tick} data-what="from" style={{ left: at(from) }} />
      <span className={classes.tick} data-what="to" style={{ left: at(to) }} />
      <span className={classes.tickLabel} data-edge={edge(to / top)} style={{ left: at(to) }}>
        {toLabel}
      </span>
      {Math.abs(from - to) / top > 0.16 && (
        <span className={classes.tickLabel} data-edge={edge(from / top)} style={{ left: at(from) }}>
          {fromLabel}
        </span>
      )}
    </div>
  )
}

/** A label near an end of the track must not reach beyond it. */
const edge = (part: number) => (part > 0.8 ? 'end' : part < 0.06 ? 'start' : undefined)

/** `2.4 times as much`, `60 % less` */
function times(from: number, to: number): string {
  const ratio = to / from
  if (ratio >= 2) return `${Number(ratio.toPrecision(2))} times as much`
  if (ratio > 1) return `${formatPercent(ratio - 1)} more`
  return `${formatPercent(1 - ratio)} less`
}

/** `2.4 times as much as now`, `60 % less than now` */
const comparedWithNow = (now: number, then: number) => `${times(now, then)} ${then >= 2 * now ? 'as' : 'than'} now`

/** A pending request shows the sum before and after. After the decision there is only one sum, as it is now. */
function FleetTotal({
  total: { before, after, used },
  pending,
}: {
  total: ChangeRequestDetail['fleetTotal']
  pending: boolean
}) {
  const sum = <Num value={after} unit="samples/s" />
  return (
    <>
      {!pending ? (
        sum
      ) : before === after ? (
        <>unchanged, {sum}</>
      ) : (
        <>
          <Num value={before} /> → {sum}, {comparedWithNow(before, after)}
        </>
      )}
      ;{' '}
      {used === null ? (
        'unknown how much of all tenants arrives now, because no gateway reports'
      ) : (
        <>
          <Num value={used} unit="samples/s" /> of all tenants arrive now
        </>
      )}
    </>
  )
}

/** What the platform carries, beside what its tenants may send together. */
function Capacity({ total: { after, capacity } }: { total: ChangeRequestDetail['fleetTotal'] }) {
  if (capacity === null) {
    return (
      <>
        How much the platform carries is not known, because <code>PLATFORM_SAMPLES_PER_SECOND</code> of the API is not
        set.
      </>
    )
  }
  const carried = (
    <>
      The platform carries <Num value={capacity} unit="samples/s" />; the sum is {formatPercent(after / capacity)} of
      that
    </>
  )
  return after <= capacity ? (
    <>{carried}.</>
  ) : (
    <Status kind="warning">{carried}, so the tenants can’t all use their limits at the same time.</Status>
  )
}
