'use client'

import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { Words } from '../../components/Words.tsx'
import type { Rollout } from './rollouts.ts'

type Target = Rollout['plan']['targets'][number] & { wave: string }

const columns: Column<Target>[] = [
  { key: 'group', title: 'Auto Scaling group', cell: ({ group }) => <Words text={group} long="cut" /> },
  { key: 'wave', title: 'Wave', cell: ({ wave }) => <Words text={wave} long="cut" /> },
  { key: 'environment', title: 'Environment', cell: ({ environment }) => <Words text={environment} long="cut" /> },
  { key: 'region', title: 'Region', cell: ({ region }) => region },
  { key: 'zones', title: 'Zones', cell: ({ zones }) => zones.join(', ') },
  { key: 'ring', title: 'Ring', cell: ({ ring }) => <Words text={ring} long="cut" /> },
]

/** The groups that the plan names. */
export function PlanSection({ rollout: { plan } }: { rollout: Rollout }) {
  const targets = plan.targets.map((target) => ({
    ...target,
    wave: plan.waves.find(({ groups }) => groups.includes(target.group))?.name ?? '–',
  }))
  return (
    <Section title="Targets" sentence="The Auto Scaling groups that the plan names.">
      <DataTable
        label="Targets"
        columns={columns}
        rows={targets}
        rowKey={({ region, group }) => `${region} ${group}`}
        findBy={({ group, region }) => `${group} ${region}`}
        urlPrefix="t"
      />
    </Section>
  )
}
