import { SegmentedControl } from '@mantine/core'
import { useId } from 'react'
import classes from './text.module.css'

/** In how many days something expires. */
export function ExpiryField({
  choices,
  days,
  onChange,
}: {
  choices: readonly number[]
  days: number
  onChange: (days: number) => void
}) {
  const id = useId()
  return (
    <div>
      <p id={id} className={classes.label}>
        Expires in
      </p>
      <SegmentedControl
        aria-labelledby={id}
        fullWidth
        data={choices.map((choice) => ({ value: String(choice), label: `${choice} d` }))}
        value={String(days)}
        onChange={(value) => onChange(Number(value))}
      />
    </div>
  )
}
