'use client'

import { Button, TextInput } from '@mantine/core'
import { SearchField } from '../../components/SearchField.tsx'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Audit.module.css'
import { filterKeys } from './filters.ts'

/** Filters by tenant, person, action and days, all kept in the URL. */
export function Filters() {
  const { get, set } = useUrlParams()
  const filtered = filterKeys.some((key) => get(key))
  const dayField = (key: 'from' | 'to', label: string) => (
    <TextInput
      type="date"
      size="xs"
      aria-label={label}
      leftSection={<span className={classes.dayLabel}>{key}</span>}
      leftSectionWidth={44}
      value={get(key) ?? ''}
      onChange={(event) => set({ [key]: event.currentTarget.value, cursor: null }, { replace: true })}
    />
  )
  return (
    <search className={classes.filters}>
      <SearchField label="Tenant" urlKey="tenant" placeholder="Tenant id" width={150} />
      <SearchField label="Who" urlKey="actor" placeholder="Who: id or full name" width={190} />
      <SearchField label="Action" urlKey="action" placeholder="Action" width={190} />
      {dayField('from', 'From day')}
      {dayField('to', 'To day')}
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
