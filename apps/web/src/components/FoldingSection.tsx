'use client'

import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { sectionsPrefix } from '../lib/urlState.ts'
import classes from './FoldingSection.module.css'
import { Section } from './Section.tsx'
import { useExpanded } from './tableState.ts'

/**
 * A section that a phone shows folded, as its heading and its summary, so that a long page has first what is needed first.
 * The URL says whether it is unfolded.
 * @param id also the anchor of links to it
 * @param summary the most important of what is folded
 * @param unfolded a link to something in the section unfolds it
 */
export function FoldingSection({
  id,
  title,
  sentence,
  summary,
  unfolded = false,
  children,
}: {
  id: string
  title: string
  sentence?: ReactNode
  summary: ReactNode
  unfolded?: boolean
  children: ReactNode
}) {
  const [expanded, toggle] = useExpanded(sectionsPrefix)
  const open = unfolded || expanded.includes(id)
  return (
    <div id={id} className={classes.folding} data-folded={!open || undefined}>
      <Section
        title={title}
        sentence={sentence}
        action={
          !unfolded && (
            <Button
              className={classes.toggle}
              size="compact-sm"
              variant="default"
              aria-expanded={open}
              aria-controls={`${id}-content`}
              onClick={() => toggle(id)}
            >
              {open ? 'Hide' : 'Show'} {title.toLowerCase()}
            </Button>
          )
        }
      >
        <div className={classes.summary}>{summary}</div>
        <div id={`${id}-content`} className={classes.content}>
          {children}
        </div>
      </Section>
    </div>
  )
}
