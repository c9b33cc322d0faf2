'use client'

import { NumberInput, Switch } from '@mantine/core'
import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { formatInteger } from '../../lib/format.ts'
import type { EnvelopeLine } from './envelope.ts'
import classes from './TenantPanel.module.css'

/** One limit of an envelope: whether the tenant can set it without approval, and in which range. */
export function BoundsField({
  name,
  line,
  now,
  fault,
  onChange,
}: {
  name: LimitName
  line: EnvelopeLine
  now: number
  fault: string | null
  onChange: (line: EnvelopeLine) => void
}) {
  const { title, unit, min, max } = limitDefinitions[name]
  const number = (value: string | number) => (typeof value === 'number' ? value : null)
  return (
    <fieldset className={classes.line}>
      <legend className={classes.lineTitle}>
        {title}{' '}
        <span className={classes.note}>
          now {formatInteger(now)} {unit}
        </span>
      </legend>
      <Switch
        size="xs"
        label={line.own ? 'The tenant sets it alone, within' : 'Every change needs an approval'}
        aria-label={`${title}: the tenant may set it alone`}
        checked={line.own}
        onChange={(event) =>
          onChange(
            event.currentTarget.checked
              ? { own: true, min: line.min ?? min, max: line.max ?? Math.min(max, Math.max(now * 2, min)) }
              : { ...line, own: false },
          )
        }
      />
      {line.own && (
        <div className={classes.bounds}>
          <NumberInput
            aria-label={`${title}, least`}
            size="xs"
            value={line.min ?? ''}
            onChange={(value) => onChange({ ...line, min: number(value) })}
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            hideControls
            error={fault !== null}
          />
          <span>to</span>
          <NumberInput
            aria-label={`${title}, most`}
            size="xs"
            value={line.max ?? ''}
            onChange={(value) => onChange({ ...line, max: number(value) })}
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            hideControls
            error={fault !== null}
          />
        </div>
      )}
      {fault && (
        <p role="alert" className={classes.fault}>
          {fault}
        </p>
      )}
    </fieldset>
  )
}
