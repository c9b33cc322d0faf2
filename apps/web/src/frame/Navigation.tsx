'use client'

import { useQuery } from '@tanstack/react-query'
import { usePathname } from 'next/navigation'
import { Hint } from '../components/Hint.tsx'
import {
  IconActivity,
  IconAlertTriangle,
  IconApi,
  IconBuilding,
  IconBuildings,
  IconCalendarPause,
  IconChecklist,
  IconDisc,
  IconGauge,
  IconHeartbeat,
  IconHistory,
  IconKey,
  IconReplace,
  IconReportSearch,
  IconRouter,
  IconSend,
  IconTargetArrow,
} from '../components/icons.tsx'
import { Link } from '../components/Link.tsx'
import { useCan, useMe } from '../lib/me.tsx'
import { useTRPC } from '../lib/trpc/client.ts'
import { Mark } from './Mark.tsx'
import { useMissingTenant } from './missingTenant.ts'
import classes from './Navigation.module.css'
import { homeOf, type NavIcon, type NavItem, navigationOf, offeredTenant } from './navigation.ts'
import { TenantSwitcher } from './TenantSwitcher.tsx'

const icons = {
  overview: IconActivity,
  tenant: IconBuilding,
  quotas: IconGauge,
  readers: IconReportSearch,
  approvals: IconChecklist,
  gateways: IconRouter,
  images: IconDisc,
  rollouts: IconReplace,
  tenants: IconBuildings,
  access: IconKey,
  notifications: IconSend,
  apiTokens: IconApi,
  audit: IconHistory,
  slos: IconTargetArrow,
  incidents: IconAlertTriangle,
  maintenance: IconCalendarPause,
  status: IconHeartbeat,
} satisfies Record<NavIcon, unknown>

export function Navigation({ collapsed, lastTenantId }: { collapsed: boolean; lastTenantId: string | null }) {
  const me = useMe()
  const pathname = usePathname()
  const missing = useMissingTenant()
  const tenantId = offeredTenant(me, pathname, lastTenantId, missing)
  const pending = usePendingCount()
  return (
    <div className={classes.navigation} data-collapsed={collapsed || undefined}>
      <Link href={homeOf(me, tenantId)} className={classes.brand} aria-label="Tickwatch, overview">
        <Mark size={22} />
        {!collapsed && <span>Tickwatch</span>}
      </Link>
      {tenantId && <TenantSwitcher tenantId={tenantId} collapsed={collapsed} />}
      <nav aria-label="Main">
        {navigationOf(me, tenantId).map((group) => (
          <div key={group.title ?? ''} className={classes.group}>
            {group.title && (
              <div className={classes.groupTitle} aria-hidden={collapsed || undefined}>
                {collapsed ? '' : group.title}
              </div>
            )}
            <ul className={classes.items}>
              {group.items.map((item) => (
                <li key={item.href}>
                  <NavEntry
                    item={item}
                    active={isActive(item, pathname)}
                    collapsed={collapsed}
                    count={item.icon === 'approvals' ? pending : 0}
                  />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </div>
  )
}

function NavEntry({
  item,
  active,
  collapsed,
  count,
}: {
  item: NavItem
  active: boolean
  collapsed: boolean
  count: number
}) {
  const Icon = icons[item.icon]
  const entry = (
    <Link href={item.href} className={classes.item} {...(active ? { 'aria-current': 'page' as const } : {})}>
      <Icon size={17} strokeWidth={1.7} className={classes.icon} />
      <span className={collapsed ? classes.hidden : classes.label}>{item.label}</span>
      {count > 0 && (
        <span className={classes.count}>
          {count}
          <span className={classes.hidden}> waiting</span>
        </span>
      )}
    </Link>
  )
  return collapsed ? (
    <Hint label={item.label} described={false}>
      {entry}
    </Hint>
  ) : (
    entry
  )
}

/** An entry is active on its page and on the pages below it. An overview has no pages below it. */
function isActive({ href, icon }: NavItem, pathname: string): boolean {
  if (icon === 'overview') return pathname === '/' || pathname === href
  if (icon === 'tenant') return pathname === href
  return pathname === href || pathname.startsWith(`${href}/`)
}

function usePendingCount(): number {
  const trpc = useTRPC()
  const allowed = useCan('change-request:read')
  const { data } = useQuery(
    trpc.changeRequest.pendingCount.queryOptions(undefined, { enabled: allowed, refetchInterval: 15_000 }),
  )
  return data ?? 0
}
