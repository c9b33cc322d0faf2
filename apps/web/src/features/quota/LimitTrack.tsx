'use client'

import type { Bounds, LimitName } from '@tickwatch/policy'
import { limitDefinitions } from '@tickwatch/policy'
import { Term } from '../../components/Term.tsx'
import { formatInteger, formatSi } from '../../lib/format.ts'
import { exactWords, trackDomain } from './impact.ts'
import classes from './LimitTrack.module.css'

/** A slider over a track that shows the envelope, the present limit and the p99 of use. */
export function LimitTrack({
  limit,
  value,
  present,
  envelope,
  p99,
  onChange,
}: {
  limit: LimitName
  value: number | null
  present: number
  envelope: Bounds | null
  /** Over 7 days; null for limits without a meter and tenants without history. */
  p99: number | null
  onChange: (value: number) => void
}) {
  const { title, min } = limitDefinitions[limit]
  const { max, step } = trackDomain(limit, [envelope?.max, present, p99, value])
  const part = (at: number) => `${Math.min(1, Math.max(0, at / max)) * 100}%`
  return (
    <div>
      <div className={classes.track}>
        <div className={classes.ground} aria-hidden="true">
          {envelope && (
            <div
              className={classes.envelope}
              style={{ left: part(envelope.min), right: `calc(100% - ${part(envelope.max)})` }}
            />
          )}
          {p99 !== null && <div className={classes.mark} data-kind="p99" style={{ left: part(p99) }} />}
          <div className={classes.mark} data-kind="present" style={{ left: part(present) }} />
        </div>
        <input
          type="range"
          className={classes.slider}
          aria-label={`${title}, slider`}
          aria-valuetext={value === null ? 'no number' : exactWords(limit, value)}
          min={0}
          max={max}
          step={step}
          value={value ?? present}
          onChange={(event) => onChange(Math.max(min, Number(event.currentTarget.value)))}
        />
      </div>
      <ul className={classes.legend}>
        {envelope ? (
          <li>
            <span className={classes.key} data-kind="envelope" /> <Term name="envelope" /> {formatInteger(envelope.min)}{' '}
            – {formatInteger(envelope.max)}
          </li>
        ) : (
          <li>no envelope: every change needs an approval</li>
        )}
        <li>
          <span className={classes.key} data-kind="present" /> limit now {formatInteger(present)}
        </li>
        {p99 !== null && (
          <li>
            <span className={classes.key} data-kind="p99" /> 7-day <Term name="p99" /> use {formatSi(p99)}
          </li>
        )}
      </ul>
    </div>
  )
}
