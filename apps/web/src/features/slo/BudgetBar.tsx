import { Status } from '../../components/Status.tsx'
import classes from './Slo.module.css'
import { type Figures, leftWords } from './words.ts'

/** What is left of a budget as a thin bar, and in words. An empty bar of a budget that nobody knows would lie, so it has none. */
export function BudgetBar({ figures }: { figures: Figures | null }) {
  const left = figures?.leftRatio ?? null
  const words = leftWords(figures)
  if (left === null) return <span title={words}>–</span>
  const kind = left <= 0 ? 'bad' : left < 0.2 ? 'warning' : 'good'
  return (
    <span className={classes.budget}>
      <span className={classes.track} aria-hidden>
        <span className={classes.fill} data-kind={kind} style={{ width: `${Math.min(1, Math.max(0, left)) * 100}%` }} />
      </span>
      {kind === 'good' ? <span className={classes.left}>{words}</span> : <Status kind={kind}>{words}</Status>}
    </span>
  )
}
