'use client'

import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useId, useState } from 'react'
import { useUrlParams } from '../lib/urlState.ts'
import { IconSearch } from './icons.tsx'

/** A text filter, kept in the URL under `urlKey` 200 ms after the last key. A new filter starts at the first page. */
export function SearchField({
  label,
  urlKey = 'search',
  placeholder = label,
  width = 240,
  suggestions,
}: {
  label: string
  urlKey?: string
  placeholder?: string
  width?: number
  /** What one can search for. Any part of it is accepted too. */
  suggestions?: readonly string[] | undefined
}) {
  const { get, set } = useUrlParams()
  const inUrl = get(urlKey) ?? ''
  const [text, setText] = useState(inUrl)
  const [seen, setSeen] = useState(inUrl)
  // The Back button and links change the URL while the field is shown.
  if (seen !== inUrl) {
    setSeen(inUrl)
    if (text.trim() !== inUrl) setText(inUrl)
  }
  const apply = useDebouncedCallback(
    (value: string) => set({ [urlKey]: value.trim(), cursor: null }, { replace: true }),
    200,
  )
  const listId = useId()
  const field = (
    <TextInput
      type="search"
      size="xs"
      style={{ flex: `0 1 ${width}px` }}
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={14} />}
      value={text}
      list={suggestions ? listId : undefined}
      onChange={(event) => {
        setText(event.currentTarget.value)
        apply(event.currentTarget.value)
      }}
    />
  )
  if (!suggestions) return field
  return (
    <>
      {field}
      <datalist id={listId}>
        {suggestions.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  )
}
