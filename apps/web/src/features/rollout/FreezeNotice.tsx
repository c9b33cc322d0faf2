'use client'

import { useQuery } from '@tanstack/react-query'
import { Link } from '../../components/Link.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { environmentWords } from './freezes.ts'
import classes from './Rollout.module.css'

/** The freeze windows that hold now, if there are any. @param environment only those that are of it */
export function FreezeNotice({ environment = null }: { environment?: string | null }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.freezeWindow.current.queryOptions(undefined, { refetchInterval: 15_000 }))
  const holding = (data ?? []).filter(
    (freeze) =>
      freeze.state === 'holds' &&
      (environment === null || freeze.environments.length === 0 || freeze.environments.includes(environment)),
  )
  if (holding.length === 0) return null
  return (
    <div className={classes.notices}>
      {holding.map((freeze) => (
        <div key={freeze.id} className={classes.notice} data-kind="warning">
          <Status kind="warning">
            Frozen: no wave starts in <Words text={environmentWords(freeze)} long="cut" /> until{' '}
            <Time at={freeze.until} exact />
          </Status>
          <p>
            <Words text={freeze.reason} /> <Link href="/rollouts/freezes">Freeze windows</Link>
          </p>
        </div>
      ))}
    </div>
  )
}
