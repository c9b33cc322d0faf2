'use client'

import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'

/** A drawer at the right, 480 px wide or the whole of a narrow screen. Its being open belongs in the URL. */
export function SidePanel({
  title,
  opened,
  onClose,
  children,
}: {
  title: ReactNode
  opened: boolean
  onClose: () => void
  children: ReactNode
}) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
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
