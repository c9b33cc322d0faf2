'use client'

import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'
import { useReturnFocus } from '../lib/returnFocus.ts'

/**
 * A drawer at the right, 480 px wide, or as wide as a narrow screen. It is open while it is rendered: keep in the URL
 * whether to render it.
 */
export function SidePanel({
  title,
  onClose,
  stays = false,
  children,
}: {
  title: ReactNode
  onClose: () => void
  /** Only a button closes it, not Escape or a click outside, because its content can't be shown again. */
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
