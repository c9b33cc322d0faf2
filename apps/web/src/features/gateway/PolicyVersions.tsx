'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatDuration, formatInteger } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { CauseSentence } from './CauseSentence.tsx'
import { Legs, LegsKey } from './Legs.tsx'
import classes from './PolicyVersions.module.css'
import { VersionDetail } from './VersionDetail.tsx'
import { isMoving, legsOf, type PolicyVersion, ringsBetween, versionStateText } from './versions.ts'
import { versionsInput } from './versionsInput.ts'

/** The policy versions, newest first: who caused each one, and how long it took to reach every gateway. */
export function PolicyVersions() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const versions = useQuery(
    trpc.policy.versions.queryOptions(versionsInput(get), {
      placeholderData: keepPreviousData,
      // Poll more often while a version is on its way.
      refetchInterval: (query) => (query.state.data?.items.some(isMoving) ? 1_000 : 5_000),
    }),
  )
  return (
    <div id="versions">
      <Section
        title="Policy versions"
        sentence={
          <>
            Every change creates a signed <Term name="policy version" />. Open one to see when each gateway enforced it.
          </>
        }
      >
        <QueryView query={versions} what="policy versions" skeleton={<SkeletonRows rows={8} />}>
          {(page) => <VersionTable versions={page.items} nextCursor={page.nextCursor} />}
        </QueryView>
      </Section>
    </div>
  )
}

function VersionTable({ versions, nextCursor }: { versions: readonly PolicyVersion[]; nextCursor: string | null }) {
  if (versions.length === 0) {
    return (
      <EmptyState title="No policy yet">The first version is compiled when the first tenant is created.</EmptyState>
    )
  }
  const spanMs = Math.max(
    1_000,
    ...versions.map((v) => v.propagation.enforcedMs ?? 0).map((ms) => Math.min(ms, 10_000)),
  )
  const rings = ringsBetween(versions[0]?.propagation)
  const columns: Column<PolicyVersion>[] = [
    { key: 'version', title: 'Version', cell: (v) => `v${v.version}` },
    { key: 'causes', title: 'Caused by', cell: (v) => <Causes version={v} />, narrow: 'wide' },
    { key: 'state', title: 'State', cell: (v) => <VersionState version={v} />, narrow: 'wide', oneLine: true },
    { key: 'createdAt', title: 'Compiled', cell: (v) => <Time at={v.createdAt} /> },
    ...rings.map(
      (ring): Column<PolicyVersion> => ({
        key: `ring ${ring}`,
        title: `To the ${ring} ring`,
        cell: (v) => duration(v.propagation.waves.find((wave) => wave.ring === ring)?.enforcedMs ?? null),
        align: 'right',
      }),
    ),
    {
      key: 'enforced',
      title: 'To every gateway',
      cell: (v) => duration(v.propagation.enforcedMs),
      align: 'right',
    },
    {
      key: 'way',
      title: 'Steps',
      cell: (v) => <Legs legs={legsOf(v.propagation)} spanMs={spanMs} />,
      width: 170,
      narrow: 'hidden',
    },
  ]
  return (
    <>
      <LegsKey rings={rings} spanMs={spanMs} />
      <DataTable
        label="Policy versions"
        columns={columns}
        rows={versions}
        rowKey={(v) => String(v.version)}
        expand={(v) => <VersionDetail version={v} />}
        nextCursor={nextCursor}
        urlPrefix="v"
        dense
      />
    </>
  )
}

const duration = (ms: number | null) => (ms === null ? '–' : formatDuration(ms))

function VersionState({ version }: { version: PolicyVersion }) {
  const { kind, text } = versionStateText(version.propagation)
  return <Status kind={kind}>{text}</Status>
}

function Causes({ version }: { version: PolicyVersion }) {
  const [first, ...others] = version.causes
  if (!first) return 'The platform: first policy or reconciliation'
  const more = others.length + version.moreCauses
  return (
    <span>
      <CauseSentence cause={first} />
      {more > 0 && `, and ${formatInteger(more)} more`}
      {first.reason && (
        <span className={classes.why}>
          <Words text={first.reason} />
        </span>
      )}
    </span>
  )
}
