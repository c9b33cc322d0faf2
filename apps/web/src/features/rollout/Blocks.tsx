import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import type { Draft } from './planForm.ts'
import classes from './Rollout.module.css'

/** What blocks a plan, each with its reason and what to do. */
export function Blocks({ blocks }: { blocks: Draft['blocks'] }) {
  if (blocks.length === 0) return <Status kind="good">Nothing blocks it.</Status>
  return (
    <ul className={classes.blocks} aria-label="What blocks it">
      {blocks.map(({ kind, group, reason, remedy }) => (
        <li key={`${kind} ${group} ${reason}`}>
          <Status kind="bad">
            <Words text={reason} />
          </Status>
          <p>
            <Words text={remedy} />
          </p>
        </li>
      ))}
    </ul>
  )
}
