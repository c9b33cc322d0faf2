'use client'

import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { ErrorState } from '../../components/StateView.tsx'
import { saveFile } from '../../lib/saveFile.ts'
import { useTRPCClient } from '../../lib/trpc/client.ts'

/** Saves the incident as a Markdown file. */
export function ReportButton({ number }: { number: number }) {
  const client = useTRPCClient()
  const save = useMutation({
    mutationFn: async () => {
      const { fileName, markdown } = await client.incident.report.query({ number })
      saveFile([markdown], 'text/markdown', fileName)
    },
  })
  return (
    <>
      <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        Download the report
      </Button>
      {save.error && <ErrorState error={save.error} what="Could not make the report" lost="No file was saved." />}
    </>
  )
}
