'use client'

import { ActionIcon, VisuallyHidden } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import dynamic from 'next/dynamic'
import { usePathname } from 'next/navigation'
import { type ReactNode, useEffect, useState } from 'react'
import { IconLayoutSidebar, IconMenu2, IconSearch } from '../components/icons.tsx'
import { navCollapsedCookie, rememberInCookie } from '../lib/preferences.ts'
import { Bell } from './Bell.tsx'
import { Breadcrumb } from './Breadcrumb.tsx'
import { FollowChanges } from './FollowChanges.tsx'
import classes from './Frame.module.css'
import { FreshnessLine } from './FreshnessLine.tsx'
import { Navigation } from './Navigation.tsx'
import { PersonMenu } from './PersonMenu.tsx'
import { ThemeMenu } from './ThemeMenu.tsx'

// The drawer and the palette load their code when they are first opened.
const NavDrawer = dynamic(() => import('./NavDrawer.tsx').then((m) => m.NavDrawer), { ssr: false })
const CommandPalette = dynamic(() => import('./CommandPalette.tsx').then((m) => m.CommandPalette), { ssr: false })

/** The navigation, the header, and the page in its place. */
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when the page changes
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
        <div className={classes.sideContent}>
          <Navigation collapsed={collapsed} lastTenantId={lastTenantId} />
        </div>
      </aside>
      {/* Not a banner landmark: the header of an open drawer is one, and a page may have only one. */}
      <section className={classes.header} aria-label="Header">
        <ActionIcon
          className={classes.wideOnly}
          variant="subtle"
          color="gray"
          aria-label={collapsed ? 'Show navigation' : 'Collapse navigation'}
          aria-expanded={!collapsed}
          onClick={toggle}
        >
          <IconLayoutSidebar size={18} />
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
          <IconMenu2 size={20} />
        </ActionIcon>
        <Breadcrumb />
        <FollowChanges />
        <FreshnessLine />
        <div className={classes.tools}>
          <button
            type="button"
            className={classes.search}
            aria-keyshortcuts="Control+K Meta+K"
            onClick={() => setPaletteOpen(true)}
          >
            <IconSearch size={16} />
            <VisuallyHidden>Search and commands</VisuallyHidden>
            <span className={classes.searchWords} aria-hidden="true">
              Search
            </span>
            <span className={classes.kbd} aria-hidden="true">
              Ctrl K
            </span>
          </button>
          <Bell />
          <ThemeMenu />
          <PersonMenu />
        </div>
      </section>
      <main id="content" className={classes.main} tabIndex={-1}>
        <div className={classes.page}>{children}</div>
      </main>
      {drawerOpen && <NavDrawer lastTenantId={lastTenantId} onClose={drawer.close} />}
      {paletteOpen && <CommandPalette onClose={() => setPaletteOpen(false)} />}
    </div>
  )
}
