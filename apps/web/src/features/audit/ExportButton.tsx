'use client'

import { Button, Group } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '../../components/StateView.tsx'
import { formatInteger } from '../../lib/format.ts'
import { saveFile } from '../../lib/saveFile.ts'
import { useTRPCClient } from '../../lib/trpc/client.ts'
import classes from './Audit.module.css'
import type { AuditFilters } from './filters.ts'

type Chunk = { ndjson: string; nextCursor: string | null }

/**
 * Saves events as newline-delimited JSON: the whole log with its hashed texts, whose chain can be checked offline, or only
 * the events that match the filters.
 */
export function ExportButton({ filters }: { filters: AuditFilters }) {
  const client = useTRPCClient()
  const [lines, setLines] = useState(0)
  const whole = (cursor: string | null): Promise<Chunk> =>
    client.audit.export.query({ cursor }, { context: { alone: true } })
  const matching = async (cursor: string | null): Promise<Chunk> => {
    const page = await client.audit.list.query({ ...filters, cursor, pageSize: 200 }, { context: { alone: true } })
    return {
      ndjson: page.items.map(({ cursor: _, ...event }) => `${JSON.stringify(event)}\n`).join(''),
      nextCursor: page.nextCursor,
    }
  }
  const save = useMutation({
    mutationFn: async (which: 'whole' | 'matching') => {
      setLines(0)
      const chunks: string[] = []
      let cursor: string | null = null
      let total = 0
      do {
        const chunk: Chunk = await (which === 'whole' ? whole : matching)(cursor)
        if (chunk.ndjson) chunks.push(chunk.ndjson.endsWith('\n') ? chunk.ndjson : `${chunk.ndjson}\n`)
        total += chunk.ndjson.split('\n').filter((line) => line !== '').length
        setLines(total)
        cursor = chunk.nextCursor
      } while (cursor)
      const name = which === 'whole' ? 'tickwatch-audit' : 'tickwatch-audit-filtered'
      saveFile(chunks, 'application/x-ndjson', `${name}-${new Date().toISOString().slice(0, 10)}.ndjson`)
      return total
    },
  })
  const button = (which: 'whole' | 'matching', text: string) => (
    <Button
      variant="default"
      loading={save.isPending && save.variables === which}
      disabled={save.isPending}
      onClick={() => save.mutate(which)}
    >
      {text}
    </Button>
  )
  return (
    <Group gap="xs">
      {Object.keys(filters).length > 0 && button('matching', 'Export the matching events')}
      {button('whole', 'Export the whole log')}
      <span role="status" className={classes.exported}>
        {save.isPending && `${formatInteger(lines)} events fetched`}
        {save.isSuccess && `${formatInteger(save.data)} events saved`}
      </span>
      {save.error && <ErrorState error={save.error} what="Could not export the log" lost="No file was saved." />}
    </Group>
  )
}
