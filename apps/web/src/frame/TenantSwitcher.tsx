'use client'

import { VisuallyHidden } from '@mantine/core'
import dynamic from 'next/dynamic'
import { IconSelector } from '../components/icons.tsx'
import { Panel } from '../components/Panel.tsx'
import { Words } from '../components/Words.tsx'
import { useCan, useMe } from '../lib/me.tsx'
import classes from './TenantSwitcher.module.css'

const TenantList = dynamic(() => import('./TenantList.tsx').then((m) => m.TenantList), { ssr: false })

/** The tenant whose pages the navigation offers. If the person has more than one, a button opens a list to search. */
export function TenantSwitcher({ tenantId, collapsed }: { tenantId: string; collapsed: boolean }) {
  const { tenants } = useMe()
  const many = useCan('tenant:read') || tenants.length > 1
  const name = tenants.find((t) => t.id === tenantId)?.name ?? tenantId

  const face = (
    <>
      <span className={classes.badge} data-initials={tenantId.slice(0, 2)} aria-hidden="true" />
      <VisuallyHidden>Tenant </VisuallyHidden>
      {collapsed ? (
        <VisuallyHidden>{name}</VisuallyHidden>
      ) : (
        <span className={classes.words}>
          <span className={classes.name}>
            <Words text={name} long="cut" />
          </span>
          {name !== tenantId && <span className={classes.id}>{tenantId}</span>}
        </span>
      )}
    </>
  )
  if (!many) return <div className={classes.target}>{face}</div>
  return (
    <Panel
      label="Change tenant"
      width={260}
      trigger={(props) => (
        <button type="button" className={classes.target} {...props}>
          {face}
          {!collapsed && <IconSelector size={15} className={classes.chevron} />}
        </button>
      )}
    >
      {(close) => <TenantList tenantId={tenantId} onClose={close} />}
    </Panel>
  )
}
