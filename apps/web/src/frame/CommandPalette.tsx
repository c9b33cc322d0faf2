'use client'

import { Spotlight, type SpotlightActionData, spotlight } from '@mantine/spotlight'
import '@mantine/spotlight/styles.css'
import { IconArrowRight, IconBuilding, IconGauge, IconPencil, IconSearch } from '@tabler/icons-react'
import { limitDefinitions } from '@tickwatch/policy'
import { usePathname, useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { useMe } from '../lib/me.tsx'
import { can } from '../lib/permissions.ts'
import classes from './CommandPalette.module.css'
import { useMissingTenant } from './missingTenant.ts'
import { navigationOf, offeredTenant } from './navigation.ts'
import { useTenantSearch } from './useTenantSearch.ts'

const shownMax = 12

/** Goes to a page or a tenant, or edits a tenant's quota, from the keyboard. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('')
  const actions = useActions(query)
  useEffect(() => spotlight.open(), [])
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      size={560}
      centered={false}
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      classNames={{ action: classes.action, actionDescription: classes.description }}
      attributes={{ content: { 'aria-label': 'Search and commands' } }}
    >
      <Spotlight.Search
        placeholder="Go to a page or a tenant, or edit a quota"
        aria-label="Search and commands"
        leftSection={<IconSearch size={17} aria-hidden />}
      />
      <Spotlight.ActionsList mah={380} style={{ overflowY: 'auto' }}>
        {actions.map((action) => (
          <Spotlight.Action key={action.id} {...action} />
        ))}
        {actions.length === 0 && <Spotlight.Empty>Nothing matches</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

function useActions(query: string): SpotlightActionData[] {
  const me = useMe()
  const router = useRouter()
  const pathname = usePathname()
  const missing = useMissingTenant()
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  // "edit quota of acme", "quotas of acme": the last word is the tenant to search for.
  const tenants = useTenantSearch(words.at(-1) ?? '')
  const go = (href: string) => () => router.push(href)

  const pages = navigationOf(me, offeredTenant(me, pathname, null, missing))
    .flatMap((group) => group.items)
    .map(
      (item): SpotlightActionData => ({
        id: item.href,
        label: item.label,
        leftSection: <IconArrowRight size={16} aria-hidden />,
        onClick: go(item.href),
      }),
    )
  const ofTenants = tenants.flatMap((t): SpotlightActionData[] => [
    {
      id: `open ${t.id}`,
      label: `Go to ${t.name}`,
      description: t.id,
      leftSection: <IconBuilding size={16} aria-hidden />,
      onClick: go(`/t/${t.id}`),
    },
    {
      id: `quotas ${t.id}`,
      label: `Quotas of ${t.name}`,
      description: t.id,
      leftSection: <IconGauge size={16} aria-hidden />,
      onClick: go(`/t/${t.id}/quotas`),
    },
    ...(can(me, 'quota:propose', t.id)
      ? [
          {
            id: `edit ${t.id}`,
            label: `Edit quota of ${t.name}`,
            description: limitDefinitions['ingest.samplesPerSecond'].title,
            leftSection: <IconPencil size={16} aria-hidden />,
            onClick: go(`/t/${t.id}/quotas?edit=ingest.samplesPerSecond`),
          },
        ]
      : []),
  ])
  const matches = (action: SpotlightActionData) => {
    const text = `${action.label} ${action.description ?? ''} ${action.id}`.toLowerCase()
    return words.every((word) => text.includes(word))
  }
  return [...pages, ...ofTenants].filter(matches).slice(0, shownMax)
}
