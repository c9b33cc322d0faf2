'use client'

import { Button, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '../../components/StateView.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import classes from './Incident.module.css'
import { Note } from './Note.tsx'

/** Adds a note to the timeline. */
export function NoteForm({ number }: { number: number }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const note = useTyped(`note ${number}`, '')
  const add = useMutation(
    trpc.incident.note.mutationOptions({
      onSuccess: note.forget,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incident.pathKey() }),
    }),
  )
  const text = note.value.trim()
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (text !== '') add.mutate({ number, text })
      }}
    >
      <Textarea
        label="Note"
        description="The platform’s people see it, and no tenant or receiver does. It may have Markdown: **bold**, lists, links, `code`."
        value={note.value}
        maxLength={4_000}
        onChange={(event) => note.type(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={10}
      />
      {text !== '' && (
        <section aria-label="Preview of the note" className={classes.item}>
          <p className={classes.dim}>Preview</p>
          <Note text={text} />
        </section>
      )}
      {add.error && (
        <ErrorState change error={add.error} what="Could not add the note" lost="What you entered is still here." />
      )}
      <div>
        <Button type="submit" variant="default" loading={add.isPending} disabled={text === ''}>
          Add the note
        </Button>
      </div>
    </form>
  )
}
