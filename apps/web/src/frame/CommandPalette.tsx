'use client'

import { createSpotlight, Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import '@mantine/spotlight/styles.css'
import { limitDefinitions } from '@tickwatch/policy'
import { usePathname, useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import {
  IconArrowRight,
  IconBuilding,
  IconGauge,
  IconInbox,
  IconPencil,
  IconSearch,
  IconServer,
  IconVersions,
} from '../components/icons.tsx'
import { limitHref } from '../features/quota/editLink.ts'
import { useMe } from '../lib/me.tsx'
import { can } from '../lib/permissions.ts'
import classes from './CommandPalette.module.css'
import { useMissingTenant } from './missingTenant.ts'
import { navigationOf, offeredTenant } from './navigation.ts'
import { namedLimits, shownActions } from './palette.ts'
import { type Find, useGatewayIds, useRequestFinds, useVersion } from './usePaletteFinds.ts'
import { useTenantSearch } from './useTenantSearch.ts'

const [store, spotlight] = createSpotlight()

/** Goes to a page, a tenant, a gateway, a policy version or a request, or edits any limit of a tenant, from the keyboard. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('')
  const actions = useActions(query)
  useEffect(() => spotlight.open(), [])
  const shown = actions.map(({ id }) => id).join()
  useEffect(() => {
    // Spotlight selects the first action when a key is typed. What the API finds comes later.
    if (query === '' || shown === '' || document.querySelector('[data-action][data-selected]')) return
    document.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
    store.updateState((state) => ({ ...state, selected: 0 }))
  }, [query, shown])
  return (
    <Spotlight.Root
      store={store}
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
        placeholder="Go to a page, tenant, gateway or request, or edit a limit"
        aria-label="Search and commands"
        leftSection={<IconSearch size={17} />}
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
  const named = namedLimits(words)
  // "edit quota of acme", "quotas of acme": the last word is the tenant to search for. "burst" alone names a limit.
  const found = useTenantSearch(words.at(-1) ?? '')
  const own = useTenantSearch('')
  const offered = offeredTenant(me, pathname, null, missing)
  const tenants = (
    named.length === 0 ? found : [...new Map([...found, ...own].map((t) => [t.id, t])).values()]
  ).toSorted((a, b) => Number(b.id === offered) - Number(a.id === offered))
  const gateways = useGatewayIds(words.length > 0)
  const versions = useVersion(words)
  const requests = useRequestFinds(words.length > 0, offered)
  const go = (href: string) => () => router.push(href)

  const pages = navigationOf(me, offered)
    .flatMap((group) => group.items)
    .map(
      (item): SpotlightActionData => ({
        id: item.href,
        label: item.label,
        leftSection: <IconArrowRight size={16} />,
        onClick: go(item.href),
      }),
    )
  const ofTenants = tenants.flatMap((t): SpotlightActionData[] => [
    {
      id: `open ${t.id}`,
      label: `Go to ${t.name}`,
      description: t.id,
      leftSection: <IconBuilding size={16} />,
      onClick: go(`/t/${t.id}`),
    },
    {
      id: `quotas ${t.id}`,
      label: `Quotas of ${t.name}`,
      description: t.id,
      leftSection: <IconGauge size={16} />,
      onClick: go(`/t/${t.id}/quotas`),
    },
    ...(can(me, 'quota:propose', t.id)
      ? [
          {
            id: `edit ${t.id}`,
            label: `Edit quota of ${t.name}`,
            description: limitDefinitions['ingest.samplesPerSecond'].title,
            leftSection: <IconPencil size={16} />,
            onClick: go(`/t/${t.id}/quotas?edit=ingest.samplesPerSecond`),
          },
          ...named.map((limit) => ({
            id: `edit ${limit} ${t.id}`,
            label: `Edit ${limitDefinitions[limit].title.toLowerCase()} of ${t.name}`,
            description: t.id,
            leftSection: <IconPencil size={16} />,
            onClick: go(`/t/${t.id}/quotas?edit=${limit}`),
          })),
        ]
      : named.map((limit) => ({
          id: `see ${limit} ${t.id}`,
          label: `See ${limitDefinitions[limit].title.toLowerCase()} of ${t.name}`,
          description: t.id,
          leftSection: <IconGauge size={16} />,
          onClick: go(limitHref(t.id, limit)),
        }))),
  ])
  const ofGateways = gateways.map(
    (id): SpotlightActionData => ({
      id: `gateway ${id}`,
      label: `Go to ${id}`,
      description: 'Gateway',
      leftSection: <IconServer size={16} />,
      onClick: go(`/gateways/${encodeURIComponent(id)}`),
    }),
  )
  const matches = (action: SpotlightActionData) => {
    const text = `${action.label} ${action.description ?? ''} ${action.id}`.toLowerCase()
    return words.every((word) => text.includes(word))
  }
  const opens = (Icon: typeof IconInbox) => (find: Find) => ({
    ...{ id: find.id, label: find.label, description: find.description },
    leftSection: <Icon size={16} />,
    onClick: go(find.href),
  })
  const ofVersions = versions.map(opens(IconVersions))
  const first = [...pages, ...ofGateways, ...ofVersions, ...ofTenants].filter(matches)
  return shownActions(first, requests.map(opens(IconInbox)).filter(matches))
}
