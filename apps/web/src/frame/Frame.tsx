'use client'

import { ActionIcon, Drawer, Tooltip } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { IconLayoutSidebar, IconMenu2, IconSearch } from '@tabler/icons-react'
import dynamic from 'next/dynamic'
import { usePathname } from 'next/navigation'
import { type ReactNode, useEffect, useState } from 'react'
import { navCollapsedCookie, rememberInCookie } from '../lib/preferences.ts'
import { Breadcrumb } from './Breadcrumb.tsx'
import classes from './Frame.module.css'
import { FreshnessLine } from './FreshnessLine.tsx'
import { Navigation } from './Navigation.tsx'
import { PersonMenu } from './PersonMenu.tsx'
import { ThemeMenu } from './ThemeMenu.tsx'

// Loaded when it is first opened.
const CommandPalette = dynamic(() => import('./CommandPalette.tsx').then((m) => m.CommandPalette), { ssr: false })

/** Navigation, header and the place of the page. */
export function Frame({
  startCollapsed,
  lastTenantId,
  children,
}: {
  startCollapsed: boolean
  lastTenantId: string | null
  children: ReactNode
}) {
  const pathname = usePathname()
  const [collapsed, setCollapsed] = useState(startCollapsed)
  const [drawerOpen, drawer] = useDisclosure(false)
  const [paletteOpen, setPaletteOpen] = useState(false)
  useHotkeys([['mod+K', () => setPaletteOpen(true)]], [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: going to a page closes the drawer
  useEffect(() => drawer.close(), [pathname])

  const toggle = () => {
    setCollapsed(!collapsed)
    rememberInCookie(navCollapsedCookie, collapsed ? 'open' : 'collapsed')
  }
  return (
    <div className={classes.frame} data-collapsed={collapsed || undefined}>
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <aside className={classes.side}>
        <Navigation collapsed={collapsed} lastTenantId={lastTenantId} />
      </aside>
      <header className={classes.header}>
        <ActionIcon
          className={classes.wideOnly}
          variant="subtle"
          color="gray"
          aria-label={collapsed ? 'Show navigation' : 'Collapse navigation'}
          aria-expanded={!collapsed}
          onClick={toggle}
        >
          <IconLayoutSidebar size={18} aria-hidden />
        </ActionIcon>
        <ActionIcon
          className={classes.narrowOnly}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Open navigation"
          aria-expanded={drawerOpen}
          onClick={drawer.open}
        >
          <IconMenu2 size={20} aria-hidden />
        </ActionIcon>
        <Breadcrumb />
        <FreshnessLine />
        <div className={classes.tools}>
          <Tooltip label="Search and commands">
            <button
              type="button"
              className={classes.search}
              aria-label="Search and commands"
              aria-keyshortcuts="Control+K Meta+K"
              onClick={() => setPaletteOpen(true)}
            >
              <IconSearch size={16} aria-hidden />
              <span className={classes.searchWords}>Search</span>
              <kbd className={classes.kbd}>Ctrl K</kbd>
            </button>
          </Tooltip>
          <ThemeMenu />
          <PersonMenu />
        </div>
      </header>
      <main id="content" className={classes.main} tabIndex={-1}>
        <div className={classes.page}>{children}</div>
      </main>
      <Drawer
        opened={drawerOpen}
        onClose={drawer.close}
        size={280}
        title="Tickwatch"
        closeButtonProps={{ 'aria-label': 'Close navigation' }}
        hiddenFrom="sm"
      >
        <Navigation collapsed={false} lastTenantId={lastTenantId} />
      </Drawer>
      {paletteOpen && <CommandPalette onClose={() => setPaletteOpen(false)} />}
    </div>
  )
}
