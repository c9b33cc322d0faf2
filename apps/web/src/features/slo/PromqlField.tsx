'use client'

import type { EditorView } from '@codemirror/view'
import { Input } from '@mantine/core'
import { useEffect, useEffectEvent, useId, useRef, useState } from 'react'
import type { PromqlKind } from './promqlCompletion.ts'
import { openPromqlEditor, setAttributes, setText } from './promqlEditor.ts'
import classes from './Slo.module.css'
import { usePromqlNames } from './usePromqlNames.ts'

/** A field for PromQL that offers names while a person types. It is loaded with the form, after the page is painted. */
export function PromqlField({
  kind,
  label,
  description,
  text,
  fault,
  onChange,
}: {
  kind: PromqlKind
  label: string
  description: string | undefined
  text: string
  fault: string | null
  onChange: (text: string) => void
}) {
  const id = useId()
  const host = useRef<HTMLDivElement>(null)
  const [editor, keep] = useState<EditorView | null>(null)
  const { complete, notice } = usePromqlNames(kind)

  const ask = useEffectEvent(complete)
  const change = useEffectEvent(onChange)
  const open = useEffectEvent((parent: HTMLElement) =>
    openPromqlEditor(parent, text, { complete: (context) => ask(context), onChange: (now) => change(now) }),
  )
  useEffect(() => {
    if (!host.current) return
    const opened = open(host.current)
    keep(opened)
    return () => opened.destroy()
  }, [])

  // The text also changes by a template, an import or *Discard*.
  useEffect(() => {
    if (editor) setText(editor, text)
  }, [editor, text])

  useEffect(() => {
    if (!editor) return
    setAttributes(editor, {
      'aria-labelledby': `${id}-label`,
      'aria-describedby': [fault ? `${id}-error` : '', `${id}-description`, `${id}-notice`].join(' ').trim(),
      ...(fault ? { 'aria-invalid': 'true' } : {}),
    })
  }, [editor, id, fault])

  return (
    <Input.Wrapper
      id={id}
      // The editor is not an element that a label can name by `for`.
      labelElement="div"
      labelProps={{ onClick: () => editor?.focus() }}
      label={label}
      description={description}
      error={fault}
    >
      <Input component="div" ref={host} multiline error={fault} withAria={false} />
      <p id={`${id}-notice`} role="status" className={classes.offered}>
        {notice}
      </p>
    </Input.Wrapper>
  )
}
