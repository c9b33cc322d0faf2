import { Alert } from '@mantine/core'
import type { ReactNode } from 'react'
import { IconCircleCheck } from './icons.tsx'
import classes from './Outcome.module.css'

/** What happened after a change, and what happens next. It stays until the person leaves it. */
export function Outcome({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <Alert
      role="status"
      icon={<IconCircleCheck size={18} />}
      title={title}
      classNames={{ root: classes.outcome, icon: classes.icon, title: classes.title }}
    >
      {children}
    </Alert>
  )
}
