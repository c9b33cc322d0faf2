import { useState } from 'react'

/** What was typed but not sent, by the name of its form, until the page is loaded again. */
const kept = new Map<string, unknown>()

/** A value that a person types. A form that is mounted again, because its URL changed or the person came back, has it. */
export function useTyped<T>(form: string, first: T) {
  const [value, setValue] = useState((kept.get(form) as T | undefined) ?? first)
  return {
    value,
    type: (next: T) => {
      kept.set(form, next)
      setValue(next)
    },
    forget: () => {
      kept.delete(form)
      setValue(first)
    },
  }
}
