import { Fragment } from 'react'
import { Status } from '../../components/Status.tsx'
import classes from './Slo.module.css'
import { spentParts } from './spent.ts'
import { type Figures, leftWords, partWords } from './words.ts'

/**
 * What is left of a budget, and what each cause spent of it, as a thin bar and in words. An empty bar of a budget that nobody
 * knows would lie, so it has none. The bar of an overspent budget is all that was spent.
 */
export function BudgetBar({ figures }: { figures: Figures | null }) {
  const left = figures?.leftRatio ?? null
  const words = leftWords(figures)
  if (figures === null || left === null) return <span title={words}>–</span>
  const kind = left <= 0 ? 'bad' : left < 0.2 ? 'warning' : 'good'
  const spent = spentParts(figures)
  const whole = Math.max(1, 1 - left)
  const widthOf = (ratio: number) => ({ width: `${(ratio / whole) * 100}%` })
  return (
    <span className={classes.budget}>
      <span className={classes.track} aria-hidden>
        <span className={classes.fill} data-kind={kind} style={widthOf(Math.max(0, left))} />
        {spent.map(({ cause, ratio }) => (
          <span key={cause} className={classes.spent} data-cause={cause} style={widthOf(ratio)} />
        ))}
      </span>
      {kind === 'good' ? <span className={classes.left}>{words}</span> : <Status kind={kind}>{words}</Status>}
      {spent.length > 0 && (
        <span className={classes.group}>
          Spent:{' '}
          {spent.map(({ cause, words: who, ratio }, i) => (
            <Fragment key={cause}>
              <span className={classes.part}>
                <span className={classes.swatch} data-cause={cause} aria-hidden />
                {who} {partWords(ratio)}
                {i < spent.length - 1 && ','}
              </span>{' '}
            </Fragment>
          ))}
        </span>
      )}
    </span>
  )
}
