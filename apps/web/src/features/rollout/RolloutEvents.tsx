'use client'

import { Pages } from '../../components/Pages.tsx'
import { Section } from '../../components/Section.tsx'
import { type QueryLike, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { capitalised } from '../../lib/words.ts'
import classes from './Rollout.module.css'
import { eventWords, type RolloutEvent } from './rollouts.ts'

/** What happened in a rollout, the newest first. */
export function RolloutEvents({ events }: { events: QueryLike<{ items: RolloutEvent[]; nextCursor: string | null }> }) {
  return (
    <Section title="Events" sentence="The newest first.">
      <QueryView query={events} what="the events" skeleton={<SkeletonRows rows={4} />}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <p className={classes.text}>Nothing has happened yet.</p>
            ) : (
              <ol className={classes.list} aria-label="Events">
                {items.map(({ position, at, kind, words, by }) => (
                  <li key={position}>
                    <p>
                      <span className={classes.strong}>{capitalised(kind)}</span>
                      {by !== null && (
                        <>
                          {' '}
                          by <Words text={by.name} long="cut" />
                        </>
                      )}{' '}
                      <span className={classes.dim}>
                        <Time at={at} />
                      </span>
                    </p>
                    <p>
                      <Words text={eventWords({ words, by })} />
                    </p>
                  </li>
                ))}
              </ol>
            )}
            <Pages nextCursor={nextCursor} urlPrefix="e" />
          </>
        )}
      </QueryView>
    </Section>
  )
}
