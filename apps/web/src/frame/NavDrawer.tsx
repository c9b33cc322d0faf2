'use client'

import { Drawer } from '@mantine/core'
import { Navigation } from './Navigation.tsx'

/** The navigation on narrow screens. */
export function NavDrawer({ lastTenantId, onClose }: { lastTenantId: string | null; onClose: () => void }) {
  return (
    <Drawer
      opened
      onClose={onClose}
      size={280}
      title="Tickwatch"
      closeButtonProps={{ 'aria-label': 'Close navigation' }}
      hiddenFrom="sm"
    >
      <Navigation collapsed={false} lastTenantId={lastTenantId} />
    </Drawer>
  )
}
