'use client'

import { Button, FileButton, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { FoldingSection } from '../../components/FoldingSection.tsx'
import { Link } from '../../components/Link.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Slo.module.css'
import { fileFaults, type SloTexts, textsOf } from './sloForm.ts'
import type { StoredSlo } from './useSloEdit.ts'

/** Reads a file in OpenSLO v1 into the form. It saves nothing. */
export function ImportOpenSlo({
  stored,
  onRead,
}: {
  stored: StoredSlo | null
  onRead: (texts: Partial<SloTexts>) => void
}) {
  const trpc = useTRPC()
  const [yaml, type] = useState('')
  const read = useMutation(
    trpc.slo.importOpenSlo.mutationOptions({
      onSuccess: ({ definition, baseVersion }) => {
        if (stored ? definition.id !== stored.id : baseVersion > 0) return
        const { reason: _reason, ...texts } = textsOf(definition)
        onRead(texts)
      },
    }),
  )
  const faults = fileFaults(read.error)
  return (
    <FoldingSection
      id="import"
      title="Import"
      sentence="Reads an SLO in OpenSLO v1 into this form. It saves nothing."
      summary="From a file in OpenSLO v1"
    >
      <div className={classes.fields}>
        <Textarea
          label="OpenSLO v1, YAML"
          value={yaml}
          onChange={(event) => type(event.currentTarget.value)}
          autosize
          minRows={3}
          maxRows={14}
          classNames={{ input: classes.code }}
          spellCheck={false}
        />
        <div className={classes.buttons}>
          <FileButton accept=".yaml,.yml,application/yaml" onChange={(file) => void file?.text().then(type)}>
            {(props) => (
              <Button {...props} variant="default" size="xs">
                Choose a file
              </Button>
            )}
          </FileButton>
          <Button
            size="xs"
            variant="default"
            disabled={yaml.trim() === ''}
            loading={read.isPending}
            onClick={() => read.mutate({ yaml })}
          >
            Read it into the form
          </Button>
        </div>
        {faults.length > 0 && (
          <ul className={classes.faults} role="alert">
            {faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        )}
        {read.error && faults.length === 0 && <ErrorState error={read.error} what="The file was not read" />}
        {read.data && <Read id={read.data.definition.id} baseVersion={read.data.baseVersion} stored={stored} />}
      </div>
    </FoldingSection>
  )
}

function Read({ id, baseVersion, stored }: { id: string; baseVersion: number; stored: StoredSlo | null }) {
  if (stored && id !== stored.id)
    return (
      <p role="alert">
        The file is about the SLO {id}, and this page about {stored.id}. Nothing was read.
      </p>
    )
  if (!stored && baseVersion > 0)
    return (
      <p role="alert">
        There is an SLO {id} already. Import the file on <Link href={`/slos/${id}/edit`}>its page</Link>, or change the
        name in the file.
      </p>
    )
  return <p role="status">The form has what the file says about {id}. Check it and save it.</p>
}
