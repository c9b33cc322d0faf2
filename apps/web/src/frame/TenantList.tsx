'use client'

import { Combobox, useCombobox } from '@mantine/core'
import { usePathname, useRouter } from 'next/navigation'
import { useState } from 'react'
import { Words } from '../components/Words.tsx'
import { pathForTenant } from './navigation.ts'
import classes from './TenantSwitcher.module.css'
import { useTenantSearch } from './useTenantSearch.ts'

/** The list of the tenant switcher. Type, choose with arrow keys and Enter: the same page opens for that tenant. */
export function TenantList({ tenantId, onClose }: { tenantId: string; onClose: () => void }) {
  const [search, setSearch] = useState('')
  const combobox = useCombobox({ opened: true })
  const router = useRouter()
  const pathname = usePathname()
  const tenants = useTenantSearch(search)
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        onClose()
        router.push(pathForTenant(pathname, id))
      }}
    >
      <Combobox.EventsTarget>
        <input
          type="text"
          className={classes.search}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value)
            combobox.updateSelectedOptionIndex()
          }}
          placeholder="Find a tenant"
          aria-label="Find a tenant"
          // The list opens only when its button is pressed.
          // biome-ignore lint/a11y/noAutofocus: the code loads after the panel has opened
          autoFocus
        />
      </Combobox.EventsTarget>
      <Combobox.Options mah={320} style={{ overflowY: 'auto' }} aria-label="Tenants">
        {tenants.map((t) => (
          <Combobox.Option key={t.id} value={t.id} active={t.id === tenantId}>
            <span className={classes.option}>
              <Words text={t.name} long="cut" />
              <span className={classes.id}>{t.status === 'suspended' ? `${t.id} · suspended` : t.id}</span>
            </span>
          </Combobox.Option>
        ))}
        {tenants.length === 0 && <Combobox.Empty>No tenant matches</Combobox.Empty>}
      </Combobox.Options>
    </Combobox>
  )
}
