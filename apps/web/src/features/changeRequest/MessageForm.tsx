'use client'

import { Button } from '@mantine/core'
import { reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import type { useTyped } from '../../lib/useTyped.ts'
import { capitalised } from '../../lib/words.ts'
import classes from './Approvals.module.css'

/** The form for a question about a request, or for its answer. */
export function MessageForm({
  kind,
  description,
  button,
  typed,
  sending,
  onSend,
}: {
  kind: 'question' | 'answer'
  description: string
  button: string
  typed: ReturnType<typeof useTyped<string>>
  sending: { isPending: boolean; error: unknown }
  onSend: (text: string) => void
}) {
  const [tried, setTried] = useState(false)
  const fault = reasonFault(typed.value, kind)
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (!fault && !sending.isPending) onSend(typed.value.trim())
      }}
    >
      <ReasonField
        label={capitalised(kind)}
        description={description}
        value={typed.value}
        onChange={typed.type}
        fault={tried ? fault : null}
      />
      {sending.error !== null && (
        <ErrorState change error={sending.error} what={`The ${kind} was not sent`} lost="Your text is still here." />
      )}
      <div>
        <Button type="submit" size="compact-sm" loading={sending.isPending}>
          {button}
        </Button>
      </div>
    </form>
  )
}
