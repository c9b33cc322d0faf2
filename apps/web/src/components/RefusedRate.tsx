import { Num } from './Num.tsx'
import { Status } from './Status.tsx'

/** Samples refused per second; a bad state if there are any. */
export function RefusedRate({ value, unit = '' }: { value: number; unit?: string }) {
  if (value <= 0) return <Num value={0} unit={unit} />
  return (
    <Status kind="bad">
      <Num value={value} unit={unit} />
    </Status>
  )
}
