'use client'

import { Combobox, useCombobox, VisuallyHidden } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSelector } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { usePathname, useRouter } from 'next/navigation'
import { useState } from 'react'
import { useCan, useMe } from '../lib/me.tsx'
import { useTRPC } from '../lib/trpc/client.ts'
import { pathForTenant } from './navigation.ts'
import classes from './TenantSwitcher.module.css'

/** The tenant whose pages are offered; with more than one, a list that searches. */
export function TenantSwitcher({ tenantId, collapsed }: { tenantId: string; collapsed: boolean }) {
  const [search, setSearch] = useState('')
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption()
      setSearch('')
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  })
  const router = useRouter()
  const pathname = usePathname()
  const tenants = useTenantSearch(search)
  const { tenants: own } = useMe()
  const many = useCan('tenant:read') || own.length > 1
  const name = own.find((t) => t.id === tenantId)?.name ?? tenantId

  const face = (
    <>
      <span className={classes.badge} data-initials={tenantId.slice(0, 2)} aria-hidden="true" />
      <VisuallyHidden>Tenant </VisuallyHidden>
      {collapsed ? (
        <VisuallyHidden>{name}</VisuallyHidden>
      ) : (
        <span className={classes.words}>
          <span className={classes.name}>{name}</span>
          {name !== tenantId && <span className={classes.id}>{tenantId}</span>}
        </span>
      )}
    </>
  )
  if (!many) return <div className={classes.target}>{face}</div>
  return (
    <Combobox
      store={combobox}
      position="bottom-start"
      width={260}
      withinPortal
      onOptionSubmit={(id) => {
        combobox.closeDropdown()
        router.push(pathForTenant(pathname, id))
      }}
    >
      <Combobox.Target targetType="button">
        <button type="button" className={classes.target} onClick={() => combobox.toggleDropdown()}>
          {face}
          {!collapsed && <IconSelector size={15} aria-hidden className={classes.chevron} />}
        </button>
      </Combobox.Target>
      <Combobox.Dropdown role="dialog" aria-label="Change tenant">
        <Combobox.Search
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value)
            combobox.updateSelectedOptionIndex()
          }}
          placeholder="Find a tenant"
          aria-label="Find a tenant"
        />
        <Combobox.Options mah={320} style={{ overflowY: 'auto' }} aria-label="Tenants">
          {tenants.map((t) => (
            <Combobox.Option key={t.id} value={t.id} active={t.id === tenantId}>
              <span className={classes.option}>
                <span>{t.name}</span>
                <span className={classes.id}>{t.status === 'suspended' ? `${t.id} · suspended` : t.id}</span>
              </span>
            </Combobox.Option>
          ))}
          {tenants.length === 0 && <Combobox.Empty>No tenant matches</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  )
}

/** The person's own tenants that match; platform roles also find those beyond the first 200. */
export function useTenantSearch(search: string) {
  const { tenants } = useMe()
  const trpc = useTRPC()
  const maySearch = useCan('tenant:read')
  const [settled] = useDebouncedValue(search.trim(), 200)
  const found = useQuery(
    trpc.tenant.list.queryOptions(
      { search: settled, pageSize: 20 },
      { enabled: maySearch && settled !== '', staleTime: 30_000 },
    ),
  )
  const wanted = search.trim().toLowerCase()
  const near = tenants.filter((t) => t.id.includes(wanted) || t.name.toLowerCase().includes(wanted))
  const others = wanted === '' ? [] : (found.data?.items ?? []).filter((t) => !near.some((n) => n.id === t.id))
  return [...near.slice(0, 50), ...others]
}
