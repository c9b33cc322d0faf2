'use client'

import { useEffect } from 'react'

/** Gives the focus back, when a drawer or dialog is gone, to what had it when that opened; unless something else took it. */
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
