'use client'

import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'
import { useReturnFocus } from '../lib/returnFocus.ts'

/**
 * A drawer at the right, 480 px wide or the whole of a narrow screen, open for as long as it is rendered: whether it is
 * belongs in the URL.
 */
export function SidePanel({
  title,
  onClose,
  stays = false,
  children,
}: {
  title: ReactNode
  onClose: () => void
  /** Only a button closes it, no slip: what it shows can't be had again. */
  stays?: boolean
  children: ReactNode
}) {
  useReturnFocus()
  return (
    <Drawer
      opened
      onClose={onClose}
      closeOnClickOutside={!stays}
      closeOnEscape={!stays}
      position="right"
      size={480}
      title={title}
      padding="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontSize: 16, fontWeight: 600 } }}
    >
      {children}
    </Drawer>
  )
}
