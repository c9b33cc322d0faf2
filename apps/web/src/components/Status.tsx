import type { ReactNode } from 'react'
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX, IconInfoCircle } from './icons.tsx'
import classes from './text.module.css'

/** `good`, `warning`, `bad` and `info` are the four state colours; `quiet` is a neutral state. */
export type StatusKind = 'good' | 'warning' | 'bad' | 'info' | 'quiet'

const icons = {
  good: IconCircleCheck,
  warning: IconAlertTriangle,
  bad: IconCircleX,
  info: IconInfoCircle,
  quiet: IconCircleDashed,
}

/** A state in words with its icon, so that colour is never the only sign. */
export function Status({ kind, children }: { kind: StatusKind; children: ReactNode }) {
  const Icon = icons[kind]
  return (
    <span className={classes.status} data-kind={kind}>
      <Icon size={15} />
      <span>{children}</span>
    </span>
  )
}
