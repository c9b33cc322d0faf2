'use client'

import { Button } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ErrorState } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { formatInteger } from '../../lib/format.ts'
import { saveFile } from '../../lib/saveFile.ts'
import { useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'
import { ruleCountWords } from './preview.ts'
import classes from './Slo.module.css'

/** Whether AMP evaluates the rules of the newest version. */
export function RulesState({ sloId }: { sloId: string }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.slo.definition.queryOptions({ id: sloId }, { refetchInterval: 5_000 }))
  if (!data) return null
  const { rules } = data
  return (
    <p className={classes.prose} role="status">
      {rules.state === 'active' && <Status kind="good">AMP evaluates these rules.</Status>}
      {rules.state === 'waiting' && (
        <Status kind="info">AMP does not have these rules yet. They are being written.</Status>
      )}
      {rules.state === 'refused' && (
        <Status kind="bad">
          AMP does not evaluate these rules, but those of an earlier version or none: {rules.why}
        </Status>
      )}
    </p>
  )
}

/** How many rules the workspace has, of those that it may have. */
export function RulesUsed() {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.slo.ruleCount.queryOptions(undefined, { refetchInterval: 30_000 }))
  if (!data) return null
  const { slos, others, max } = data
  return (
    <p className={classes.notes}>
      AMP has {ruleCountWords(slos + others, { max })}: {formatInteger(slos)} of SLOs and {formatInteger(others)}{' '}
      others. An SLO that would not fit is refused.
    </p>
  )
}

/** Saves the definition as a file in OpenSLO v1. */
export function ExportOpenSlo({ sloId }: { sloId: string }) {
  const client = useTRPCClient()
  const save = useMutation({
    mutationFn: async () => {
      const { yaml } = await client.slo.exportOpenSlo.query({ id: sloId })
      saveFile([yaml], 'application/yaml', `${sloId}.yaml`)
    },
  })
  return (
    <div className={classes.buttons}>
      <Button size="compact-sm" variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        Download as OpenSLO
      </Button>
      {save.error && <ErrorState error={save.error} what="Could not load the definition" lost="No file was saved." />}
    </div>
  )
}
