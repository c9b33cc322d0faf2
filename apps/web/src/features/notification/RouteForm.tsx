'use client'

import { Button, Checkbox, Group, Stack, TagsInput, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { idFault, idForms, lengthFault, reasonFault, visibleCharacters } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import classes from '../../components/text.module.css'
import { WhatThisWillDo } from '../../components/WhatThisWillDo.tsx'
import { Words } from '../../components/Words.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { capitalised } from '../../lib/words.ts'
import {
  kindNames,
  pluralOfKind,
  type Receiver,
  type Route,
  type RoutesVersion,
  routeKinds,
  routeSentence,
  routeSeverities,
} from './notifications.ts'
import { RoutesConflict } from './RoutesConflict.tsx'
import { RouteTry } from './RouteTry.tsx'
import { useSetRoutes } from './useSetRoutes.ts'

const nameMax = 100
const empty: Route = { name: '', kinds: [], severities: [], slos: [], tenants: [], receivers: [] }

/**
 * The drawer that adds a route, or changes one. It says the route as a sentence, and which of the last notifications it
 * would have sent.
 * @param route null for a new one
 */
export function RouteForm({
  route,
  version,
  receivers,
  onClose,
}: {
  route: Route | null
  version: RoutesVersion
  receivers: readonly Receiver[]
  onClose: () => void
}) {
  const trpc = useTRPC()
  const [draft, setDraft] = useState<Route>(route ?? empty)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const { save, isSaving, error, conflict } = useSetRoutes(version, onClose)
  const tenants = useQuery(trpc.tenant.list.queryOptions({ pageSize: 100 }, { placeholderData: keepPreviousData }))
  const change = (patch: Partial<Route>) => setDraft((before) => ({ ...before, ...patch }))
  const name = draft.name.trim()
  const isTaken = version.routes.some((other) => other.name === name && other.name !== route?.name)
  const badId = (ids: readonly string[]) => {
    const bad = ids.find((id) => idFault(idForms.tenant, id))
    return bad === undefined ? null : `${bad}: ${idFault(idForms.tenant, bad)}`
  }
  const faults = {
    name: isTaken
      ? `Another route is called ${name}. Choose another name.`
      : visibleCharacters(name) > 0
        ? lengthFault(name, nameMax)
        : 'Enter a name.',
    receivers: draft.receivers.length === 0 ? 'Choose at least one receiver.' : null,
    slos: badId(draft.slos),
    tenants: badId(draft.tenants),
    reason: reasonFault(reason),
  }
  const shown = (field: keyof typeof faults) => (tried ? faults[field] : null)
  const again = route ? 'Save the route' : 'Add the route'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (Object.values(faults).some((fault) => fault !== null)) return focusFault()
    save({ before: route?.name ?? null, after: { ...draft, name } }, reason.trim())
  }
  return (
    <SidePanel
      title={
        route ? (
          <>
            Change the route <Words text={route.name} long="whole" />
          </>
        ) : (
          'Add a route'
        )
      }
      onClose={onClose}
    >
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={shown('name')}
            autoComplete="off"
            data-autofocus
          />
          <Checkbox.Group
            label="What"
            description="None chosen: everything."
            value={draft.kinds}
            onChange={(values) => change({ kinds: routeKinds.filter((kind) => values.includes(kind)) })}
          >
            <Group gap="md" mt={6}>
              {routeKinds.map((kind) => (
                <Checkbox key={kind} value={kind} label={capitalised(pluralOfKind(kind))} />
              ))}
            </Group>
          </Checkbox.Group>
          <Checkbox.Group
            label="Severity"
            description="None chosen: every severity."
            value={draft.severities}
            onChange={(values) => change({ severities: routeSeverities.filter((one) => values.includes(one)) })}
          >
            <Group gap="md" mt={6}>
              {routeSeverities.map((severity) => (
                <Checkbox key={severity} value={severity} label={capitalised(severity)} />
              ))}
            </Group>
          </Checkbox.Group>
          <TagsInput
            label="Tenants"
            description="None: every tenant, and what is about no tenant. Press Enter after each."
            data={tenants.data?.items.map(({ id }) => id) ?? []}
            value={draft.tenants}
            onChange={(ids) => change({ tenants: ids })}
            error={shown('tenants')}
            maxTags={100}
            acceptValueOnBlur
          />
          <TagsInput
            label="SLOs"
            description="None: every SLO, and what is about none. Use the ids of SLOs."
            value={draft.slos}
            onChange={(ids) => change({ slos: ids })}
            error={shown('slos')}
            maxTags={100}
            acceptValueOnBlur
          />
          <Checkbox.Group
            label="Receivers"
            value={draft.receivers}
            onChange={(ids) => change({ receivers: ids })}
            error={shown('receivers')}
          >
            <Stack gap={6} mt={6}>
              {receivers.map(({ id, name, settings }) => (
                <Checkbox key={id} value={id} label={`${kindNames[settings.kind]} ${name}`} />
              ))}
            </Stack>
          </Checkbox.Group>
          <ReasonField value={reason} onChange={setReason} fault={shown('reason')} />
          {draft.receivers.length > 0 && (
            <WhatThisWillDo>
              <p className={classes.text}>
                <Words text={routeSentence(draft, receivers)} />
              </p>
              {!faults.slos && !faults.tenants && (
                <RouteTry route={{ ...draft, name: 'draft' }} name={route?.name ?? null} />
              )}
            </WhatThisWillDo>
          )}
          {conflict && <RoutesConflict version={conflict} receivers={receivers} again={again} />}
          {error && (
            <ErrorState change error={error} what="Could not save the route" lost="What you typed is still here." />
          )}
          <Group>
            <Button type="submit" loading={isSaving}>
              {again}
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}
