'use client'

import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { idFault, idForms } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { ExpiryField } from '../../components/ExpiryField.tsx'
import { Link } from '../../components/Link.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import classes from '../../components/text.module.css'
import { WhatThisWillDo } from '../../components/WhatThisWillDo.tsx'
import { formatDate, formatInteger } from '../../lib/format.ts'
import { serverNow, useNow } from '../../lib/now.ts'
import { useZone } from '../../lib/timeZone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { rememberChange } from '../policy/ownChange.ts'
import { CreatedReader } from './CreatedReader.tsx'
import { type Endpoint, expiryChoices } from './readers.ts'

/**
 * The drawer that creates a token and shows it once.
 * @param taken the names of live tokens.
 * @param onClose gets the number of the change, or null if no token was created.
 */
export function CreateReader({
  tenantId,
  endpoint,
  taken,
  onClose,
}: {
  tenantId: string
  endpoint: Endpoint
  taken: readonly string[]
  onClose: (change: number | null) => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [days, setDays] = useState<number>(90)
  const [tried, setTried] = useState(false)
  const create = useMutation(
    trpc.reader.create.mutationOptions({
      // The answer holds the token, so forget it when the drawer closes.
      gcTime: 0,
      onMutate: ({ name }) => ({ pressedAtMs: Date.now(), title: `${name} is created` }),
      onSuccess: ({ reader }, _input, own) => {
        rememberChange(queryClient, { readerChange: reader.change }, own)
        return queryClient.invalidateQueries({ queryKey: trpc.reader.pathKey() })
      },
    }),
  )
  if (create.data) {
    const { reader, token } = create.data
    return (
      <SidePanel title={`${reader.name} is created`} onClose={() => onClose(reader.change)} stays>
        <CreatedReader {...{ tenantId, endpoint, reader, token }} onDone={() => onClose(reader.change)} />
      </SidePanel>
    )
  }
  const faultOfName = idFault(idForms.peer, name)
  const fault =
    faultOfName ?? (taken.includes(name) ? `A live token is already called ${name}. Choose another name.` : null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!fault) create.mutate({ name, expiresInDays: days })
  }
  return (
    <SidePanel title="Create a token" onClose={() => onClose(null)}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="The program that uses it, such as grafana. Create a token for each program, so that each can be revoked alone."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={tried ? fault : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          <ExpiryField choices={expiryChoices} days={days} onChange={setDays} />
          <WhatItDoes tenantId={tenantId} days={days} />
          {create.error && (
            <ErrorState
              change
              error={create.error}
              what="Could not create the token"
              lost="What you typed is still here."
            />
          )}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Create the token {faultOfName ? '' : name}
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}

/** The paragraph that says, before the person creates the token, what it will allow and for how long. */
function WhatItDoes({ tenantId, days }: { tenantId: string; days: number }) {
  const trpc = useTRPC()
  const [zone] = useZone()
  const now = useNow(10_000)
  const { data: quota } = useQuery(trpc.quota.current.queryOptions())
  const limits = quota?.resolved
  return (
    <WhatThisWillDo>
      <p className={classes.text}>
        Anyone with the token can query every metric of {tenantId}, and nothing else, until{' '}
        {formatDate((now || serverNow()) + days * 86_400_000, zone)} or until it is revoked. All readers together stay
        within {tenantId}’s <Link href={`/t/${tenantId}/quotas`}>query limits</Link>
        {limits &&
          `: ${formatInteger(limits['query.requestsPerMinute'])} queries a minute, ${formatInteger(limits['query.concurrentMax'])} at the same time`}
        . The gateways accept it within seconds.
      </p>
    </WhatThisWillDo>
  )
}
