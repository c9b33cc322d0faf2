'use client'

import { Button } from '@mantine/core'
import { useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { type QueryLike, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { type Mark, type Marks, marksOf, marksSentence } from './marks.ts'
import classes from './Slo.module.css'

/** The element that a marker of several scrolls to. */
export const markListId = 'marks'
const shownFirst = 5

/**
 * What the charts mark, the newest first, each with a link. The URL's `marked` are the marks of one marker: then only those.
 * @param words of the range
 */
export function MarkList({ marks, words }: { marks: QueryLike<Marks>; words: string }) {
  const [zone] = useZone()
  const { get, set } = useUrlParams()
  const [all, setAll] = useState(false)
  const marked = get('marked')?.split(',') ?? null
  return (
    <div id={markListId}>
      <Section
        title="Incidents and changes"
        sentence={marks.data ? marksSentence(marks.data, words, zone) : '\u00a0'}
        action={
          marked && (
            <Button size="compact-sm" variant="default" onClick={() => set({ marked: null })}>
              Show those of the whole range
            </Button>
          )
        }
      >
        <QueryView query={marks} what="incidents and changes" skeleton={<SkeletonRows rows={3} />}>
          {(data) => {
            const found = marksOf(data).filter(({ id }) => marked === null || marked.includes(id))
            const shown = all || marked ? found : found.slice(0, shownFirst)
            return (
              <>
                <ul className={classes.marks}>
                  {shown.map((mark) => (
                    <li key={mark.id}>
                      <OneMark mark={mark} />
                    </li>
                  ))}
                </ul>
                {shown.length < found.length && (
                  <Button variant="default" size="compact-sm" mt="sm" onClick={() => setAll(true)}>
                    Show all {formatInteger(found.length)}
                  </Button>
                )}
              </>
            )
          }}
        </QueryView>
      </Section>
    </div>
  )
}

function OneMark({ mark: { words, path, atMs, ended, reason } }: { mark: Mark }) {
  const title = <Words text={words} long="cut" />
  return (
    <>
      {path === null ? title : <Link href={path}>{title}</Link>}{' '}
      {ended !== null && (
        <Status kind={ended === 'open' ? 'bad' : 'good'}>{ended === 'open' ? 'not resolved' : 'resolved'}</Status>
      )}{' '}
      <span className={classes.group}>
        <Time at={atMs} />
        {typeof ended === 'number' && (
          <>
            {' '}
            until <Time at={ended} />
          </>
        )}
        {reason !== null && (
          <>
            {' '}
            · <Words text={reason} quoted long="cut" />
          </>
        )}
      </span>
    </>
  )
}
