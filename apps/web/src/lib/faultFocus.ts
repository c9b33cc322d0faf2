'use client'

import { useRef } from 'react'

/** Returns a ref for a form, and a function that puts the focus on its first field with an error once this is shown. */
export function useFaultFocus() {
  const form = useRef<HTMLFormElement>(null)
  const focusFault = () =>
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  return { form, focusFault }
}
