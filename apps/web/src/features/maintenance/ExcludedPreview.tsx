'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { serverNow, useNow } from '../../lib/now.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Maintenance.module.css'
import { previewSentences, type WindowInput } from './maintenance.ts'

/** What a window that is not approved would exclude of what is counted. */
export function ExcludedPreview({ window }: { window: WindowInput }) {
  const trpc = useTRPC()
  const now = useNow(10_000)
  const [settled] = useDebouncedValue(JSON.stringify(window), 400)
  const asked = JSON.parse(settled) as WindowInput
  const { data, error } = useQuery(
    trpc.maintenance.preview.queryOptions(asked, { refetchInterval: 15_000, retry: false, trpc: alone }),
  )
  if (error) return <p className={classes.text}>{describeFault(error).sentence}</p>
  if (!data) return <p className={classes.text}>Counting what it would exclude…</p>
  const isFuture = Date.parse(asked.startsAt) > (now || serverNow())
  return (
    <ul className={classes.sentences}>
      {previewSentences(data, isFuture).map(({ title, sentence }) => (
        <li key={`${title} ${sentence}`}>
          {title !== null && (
            <>
              <Words text={title} long="cut" />:{' '}
            </>
          )}
          {sentence}
        </li>
      ))}
    </ul>
  )
}
