'use client'

import { useState } from 'react'
import { beginning } from '../lib/words.ts'
import classes from './Words.module.css'

/**
 * Text that a person typed, or a name from outside. It wraps even within a word, and its writing direction does not
 * change the words around it.
 * @param quoted puts it in quotes.
 * @param long what happens to a text of more than a few lines. `fold`: a button shows the rest. `cut`: the rest is not
 * shown; for a link, a button or a tooltip, which leads to the whole text. `whole`: all of it is shown.
 */
export function Words({
  text,
  quoted = false,
  long = 'fold',
}: {
  text: string
  quoted?: boolean
  long?: 'fold' | 'cut' | 'whole'
}) {
  const [unfolded, setUnfolded] = useState(false)
  const short = beginning(text)
  return (
    <>
      {quoted && '“'}
      <bdi className={classes.words}>{long === 'whole' || unfolded ? text : short}</bdi>
      {quoted && '”'}
      {long === 'fold' && short !== text && (
        <>
          {' '}
          <button
            type="button"
            className={classes.more}
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            {unfolded ? 'Show less' : 'Show all'}
          </button>
        </>
      )}
    </>
  )
}
