'use client'

import { lazy, Suspense, useState } from 'react'
import words from '../../components/Words.module.css'
import classes from './Note.module.css'
import { beginningOfNote } from './words.ts'

/** 32 KB, which only pages with notes load. */
const NoteMarkdown = lazy(() => import('./NoteMarkdown.tsx').then((module) => ({ default: module.NoteMarkdown })))

/** What a person noted, as Markdown; of a long note the beginning, and a button that shows the rest. */
export function Note({ text }: { text: string }) {
  const [unfolded, setUnfolded] = useState(false)
  const short = beginningOfNote(text)
  const shown = unfolded ? text : short
  return (
    <>
      <div className={classes.note} data-note>
        <Suspense fallback={<p>{shown}</p>}>
          <NoteMarkdown text={shown} />
        </Suspense>
      </div>
      {short !== text && (
        <div>
          <button type="button" className={words.more} aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
            {unfolded ? 'Show less' : 'Show all'}
          </button>
        </div>
      )}
    </>
  )
}
