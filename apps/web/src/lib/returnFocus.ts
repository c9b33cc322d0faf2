'use client'

import { useEffect } from 'react'

/**
 * When a drawer or dialog closes, returns the focus to the element that had it before, unless another one has it now.
 */
export function useReturnFocus() {
  useEffect(() => {
    const opener = document.activeElement
    return () => {
      requestAnimationFrame(() => {
        if (opener instanceof HTMLElement && opener.isConnected && document.activeElement === document.body)
          opener.focus()
      })
    }
  }, [])
}
