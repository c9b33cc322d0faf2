'use client'

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '../../components/StateView.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useTRPCClient } from '../../lib/trpc/client.ts'
import classes from './Audit.module.css'

/** Fetches all events of the log in chunks, ignoring the filters, and saves them as newline-delimited JSON. */
export function ExportButton() {
  const client = useTRPCClient()
  const [lines, setLines] = useState(0)
  const save = useMutation({
    mutationFn: async () => {
      setLines(0)
      const chunks: string[] = []
      let cursor: string | null = null
      let total = 0
      do {
        const chunk: { ndjson: string; nextCursor: string | null } = await client.audit.export.query(
          { cursor },
          { context: { alone: true } },
        )
        if (chunk.ndjson) chunks.push(chunk.ndjson.endsWith('\n') ? chunk.ndjson : `${chunk.ndjson}\n`)
        total += chunk.ndjson.split('\n').filter((line) => line !== '').length
        setLines(total)
        cursor = chunk.nextCursor
      } while (cursor)
      saveFile(chunks, `tickwatch-audit-${new Date().toISOString().slice(0, 10)}.ndjson`)
      return total
    },
  })
  return (
    <>
      <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        Export the whole log
      </Button>
      <span role="status" className={classes.exported}>
        {save.isPending && `${formatInteger(lines)} events fetched`}
        {save.isSuccess && `${formatInteger(save.data)} events saved`}
      </span>
      {save.error && <ErrorState error={save.error} what="Could not export the log" lost="No file was saved." />}
    </>
  )
}

function saveFile(chunks: string[], name: string) {
  const url = URL.createObjectURL(new Blob(chunks, { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
