'use client'

import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { SearchField } from '../../components/SearchField.tsx'
import { fromInput } from '../../components/TimeField.tsx'
import { formatDateTime } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Audit.module.css'
import { filterKeys } from './filters.ts'

/** A day in the URL of an older link, as the field shows it. */
const minuteOf = (text: string | null, clock: string) =>
  text && !text.includes('T') ? `${text}T${clock}` : (text ?? '')

/**
 * Filters by tenant, person, action and time, all kept in the URL. The browser writes a time as its own language does, so the
 * line below has it as the rest of the portal writes it.
 */
export function Filters() {
  const { get, set } = useUrlParams()
  const filtered = filterKeys.some((key) => get(key))
  const trpc = useTRPC()
  const actions = useQuery(trpc.audit.actions.queryOptions(undefined, { staleTime: 60_000 }))
  const [zone] = useZone()
  const timeField = (key: 'from' | 'to', label: string, clock: string) => {
    const minute = minuteOf(get(key), clock)
    const atMs = fromInput(minute, zone)
    return (
      <TextInput
        type="datetime-local"
        size="xs"
        aria-label={label}
        leftSection={<span className={classes.dayLabel}>{key}</span>}
        leftSectionWidth={44}
        value={minute}
        success={Number.isFinite(atMs) && `= ${formatDateTime(atMs, zone)}`}
        withSuccessStyles={false}
        classNames={{ success: classes.reading }}
        onChange={(event) => set({ [key]: event.currentTarget.value, cursor: null }, { replace: true })}
      />
    )
  }
  return (
    <search className={classes.filters}>
      <SearchField label="Tenant" urlKey="tenant" placeholder="Tenant id" width={150} />
      <SearchField label="Who" urlKey="actor" placeholder="Who: part of an id or name" width={190} />
      <SearchField label="Action" urlKey="action" placeholder="Action" width={190} suggestions={actions.data} />
      {timeField('from', 'From', '00:00')}
      {timeField('to', 'To', '23:59')}
      {filtered && (
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          onClick={() => set({ tenant: null, actor: null, action: null, from: null, to: null, cursor: null })}
        >
          Clear the filters
        </Button>
      )}
    </search>
  )
}
