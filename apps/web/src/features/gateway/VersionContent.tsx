'use client'

import { Button, TextInput } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { idForms, limitDefinitions } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { Copyable } from '../../components/Copyable.tsx'
import { Facts } from '../../components/Facts.tsx'
import { limitText } from '../../components/LimitChanges.tsx'
import { Link } from '../../components/Link.tsx'
import { ErrorState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { plural } from '../../lib/format.ts'
import { saveFile } from '../../lib/saveFile.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'
import classes from './VersionDetail.module.css'
import { checkCommand, type PolicyVersion } from './versions.ts'

type HeldTenant = Outputs['policy']['content']['tenants'][number]

/** The API answers for at most this many at once. */
const shownMax = 20

/** What the signed bundle of a version holds: for the tenants that it changed, and for those that a person looks up. */
export function VersionContent({ version }: { version: PolicyVersion }) {
  const [open, setOpen] = useState(false)
  const [lookedUp, setLookedUp] = useState<readonly string[]>([])
  const changed = new Set(version.causes.map(({ tenantId }) => tenantId))
  const tenantIds = [...new Set([...lookedUp, ...changed])].slice(0, shownMax)
  return (
    <>
      <div className={classes.actions}>
        <Button size="compact-sm" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? `Hide the contents of v${version.version}` : `Show the contents of v${version.version}`}
        </Button>
        <DownloadBundle version={version.version} />
      </div>
      {open && (
        <>
          <LookUp onLookUp={(tenantId) => setLookedUp([tenantId, ...lookedUp.filter((known) => known !== tenantId)])} />
          {changed.size > shownMax && (
            <p className={classes.facts}>
              These are {shownMax} of the tenants that it changed. Look up the others by their ids.
            </p>
          )}
          {tenantIds.length > 0 && <Held version={version.version} tenantIds={tenantIds} />}
        </>
      )}
    </>
  )
}

function LookUp({ onLookUp }: { onLookUp: (tenantId: string) => void }) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const tenantId = text.trim()
    if (!idForms.tenant.pattern.test(tenantId)) return setFault(idForms.tenant.rule)
    setFault(null)
    setText('')
    onLookUp(tenantId)
  }
  return (
    <form onSubmit={submit} className={classes.actions} noValidate>
      <TextInput
        size="xs"
        label="Any tenant, by its id"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={fault}
        autoComplete="off"
      />
      <Button type="submit" size="xs" variant="default">
        Look up
      </Button>
    </form>
  )
}

function Held({ version, tenantIds }: { version: number; tenantIds: string[] }) {
  const trpc = useTRPC()
  const content = useQuery(
    trpc.policy.content.queryOptions(
      { version, tenantIds },
      // The contents of a version never change.
      { placeholderData: keepPreviousData, staleTime: Number.POSITIVE_INFINITY, trpc: alone },
    ),
  )
  return (
    <QueryView query={content} what={`the contents of v${version}`} skeleton={<SkeletonRows rows={4} />}>
      {({ tenants }) => tenants.map((tenant) => <HeldLimits key={tenant.tenantId} version={version} tenant={tenant} />)}
    </QueryView>
  )
}

function HeldLimits({ version, tenant: { tenantId, held } }: { version: number; tenant: HeldTenant }) {
  return (
    <section aria-label={`${tenantId} in v${version}`}>
      <p className={classes.tenant}>
        <Link href={`/t/${encodeURIComponent(tenantId)}/quotas`} className={classes.link}>
          {tenantId}
        </Link>{' '}
        {held === null
          ? `is not in v${version}: a gateway that enforces it refuses all that ${tenantId} sends.`
          : `is ${held.status} in v${version}, with ${plural(held.readers, 'reader token')}.`}
      </p>
      {held && (
        <Facts
          facts={held.limits.map(({ limit, value, own }) => ({
            key: limit,
            label: limitDefinitions[limit].title,
            value: own ? (
              limitText(limit, value)
            ) : (
              <span className={classes.default}>{limitText(limit, value)}, by default</span>
            ),
          }))}
        />
      )}
    </section>
  )
}

/** Saves the bytes that were signed, and says how to check them. */
function DownloadBundle({ version }: { version: number }) {
  const client = useTRPCClient()
  const name = `tickwatch-policy-v${version}`
  const save = useMutation({
    mutationFn: async () => {
      const bundle = await client.policy.bundle.query({ version }, { context: { alone: true } })
      saveFile([bundle.json], 'application/json', `${name}.json`)
      return bundle
    },
  })
  return (
    <>
      <Button size="compact-sm" variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        Download the signed bundle
      </Button>
      {save.error && <ErrorState error={save.error} what="Could not load the bundle" lost="No file was saved." />}
      {save.data && (
        <div role="status" className={classes.saved}>
          <p className={classes.facts}>
            Saved as {name}.json, with the bytes that the key {save.data.keyId} signed. It has hashes of the readers’
            tokens, and no token.
          </p>
          <Copyable
            label="Check its signature with the gateways’ public key"
            text={checkCommand(name, save.data.signature)}
          />
        </div>
      )}
    </>
  )
}
