'use client'

import { Switch } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { NumberField } from '../../components/NumberField.tsx'
import { Section } from '../../components/Section.tsx'
import { Explained } from '../../components/Term.tsx'
import { formatInteger } from '../../lib/format.ts'
import { limitGroups } from '../../lib/limitGroups.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import classes from './Envelope.module.css'
import { readLine } from './envelope.ts'
import type { useEnvelopeEdit } from './useEnvelopeEdit.ts'

type Row = { tenant: Outputs['tenant']['get']; form: ReturnType<typeof useEnvelopeEdit> }

/** All limits, one a row: who sets it, the range, the present limit and the present use. In the scope of the tenant. */
export function EnvelopeTable({ tenant, form }: Row) {
  const columns: Column<LimitName>[] = [
    {
      key: 'limit',
      title: 'Limit',
      width: '24%',
      cell: (limit) => {
        const { title, unit, help } = limitDefinitions[limit]
        return (
          <>
            <Explained words={help}>{title}</Explained> <span className={classes.unit}>{unit}</span>
          </>
        )
      },
    },
    {
      key: 'own',
      title: 'Set alone',
      width: 90,
      cell: (limit) => <OwnSwitch limit={limit} tenant={tenant} form={form} />,
    },
    { key: 'min', title: 'Minimum', width: '19%', cell: (limit) => <Bound limit={limit} end="min" form={form} /> },
    { key: 'max', title: 'Maximum', width: '19%', cell: (limit) => <Bound limit={limit} end="max" form={form} /> },
    {
      key: 'now',
      title: 'Limit now',
      align: 'right',
      width: '14%',
      cell: (limit) => formatInteger(tenant.resolved[limit]),
    },
    {
      key: 'used',
      title: (
        <Explained words="Measured for samples per second, requests per second and active series.">Use now</Explained>
      ),
      label: 'Use now',
      align: 'right',
      cell: (limit) => <UseNow limit={limit} />,
    },
  ]
  return limitGroups.map(({ title, limits }) => (
    <Section key={title} title={title}>
      <div className={classes.table}>
        <DataTable label={title} columns={columns} rows={limits} rowKey={(limit) => limit} />
      </div>
    </Section>
  ))
}

/** Opened for the tenant, a limit begins with all up to twice the present value. */
function OwnSwitch({ limit, tenant, form }: Row & { limit: LimitName }) {
  const { title, min, max } = limitDefinitions[limit]
  const line = form.lines[limit]
  const widest = { min: formatInteger(min), max: formatInteger(Math.min(max, tenant.resolved[limit] * 2)) }
  return (
    <Switch
      size="xs"
      className={classes.switch}
      aria-label={`${title}: the tenant can set it alone`}
      checked={line.own}
      onChange={({ currentTarget: { checked } }) =>
        form.change(limit, {
          own: checked,
          min: checked && line.min === '' ? widest.min : line.min,
          max: checked && line.max === '' ? widest.max : line.max,
        })
      }
    />
  )
}

function Bound({ limit, end, form }: { limit: LimitName; end: 'min' | 'max'; form: Row['form'] }) {
  const line = form.lines[limit]
  if (!line.own) return end === 'min' ? <span className={classes.unit}>by approval only</span> : null
  const { title, unit } = limitDefinitions[limit]
  return (
    <NumberField
      label={`${title}, ${end === 'min' ? 'minimum' : 'maximum'}`}
      hideLabel
      unit={unit}
      text={line[end]}
      value={readLine(limit, line)[end]}
      fault={form.rowFault(limit)?.[end] ?? null}
      onChange={(text) => form.change(limit, { ...line, [end]: text })}
    />
  )
}

function UseNow({ limit }: { limit: LimitName }) {
  const used = useUsed()
  return used && limit in used ? <Num value={used[limit] ?? null} /> : null
}

/** The present use of the limits that have a meter; undefined until loaded. In the scope of the tenant. */
export function useUsed(): Partial<Record<LimitName, number | null>> | undefined {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.usage.now.queryOptions(undefined, { trpc: alone, refetchInterval: 10_000 }))
  return data && Object.fromEntries(data.meters.map(({ limit, used }) => [limit, used]))
}
