'use client'

import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { idFault, idForms } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { Copyable } from '../../components/Copyable.tsx'
import { ExpiryField } from '../../components/ExpiryField.tsx'
import { SecretOnce } from '../../components/SecretOnce.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import classes from '../../components/text.module.css'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { formatDate } from '../../lib/format.ts'
import { serverNow, useNow } from '../../lib/now.ts'
import { useZone } from '../../lib/timeZone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { capitalised } from '../../lib/words.ts'
import { linkOf } from '../status/link.ts'
import { expiryChoices, scopes, scopeWords } from './apiTokens.ts'

/**
 * The drawer that creates a token and shows it once.
 * @param taken the names of live tokens
 * @param isLink begins with a link to the status page
 */
export function CreateApiToken({
  taken,
  isLink,
  onClose,
}: {
  taken: readonly string[]
  isLink: boolean
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<(typeof scopes)[number][]>([isLink ? 'status:read' : 'alerts:send'])
  const [days, setDays] = useState<number>(90)
  const [tried, setTried] = useState(false)
  const [zone] = useZone()
  const now = useNow(10_000)
  const { form, focusFault } = useFaultFocus()
  const create = useMutation(
    trpc.apiToken.create.mutationOptions({
      // The answer holds the token, so forget it when the drawer closes.
      gcTime: 0,
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.apiToken.pathKey() }),
    }),
  )
  if (create.data) {
    const { apiToken, token } = create.data
    return (
      <SidePanel title={`${apiToken.name} is created`} onClose={onClose} stays>
        <Stack gap="md">
          <SecretOnce token={token} />
          {apiToken.scopes.includes('status:read') && (
            <>
              <Copyable label="Link" text={linkOf(window.location.origin, token)} />
              <p className={classes.text}>
                Whoever has the link sees the status page without signing in. The token is in a part of it that browsers
                do not send to servers.
              </p>
            </>
          )}
          {apiToken.scopes.some((scope) => scope === 'alerts:send' || scope === 'images:register') && (
            <p className={classes.text}>
              Programs send it as <code>Authorization: Bearer {'<token>'}</code>. The API accepts it from now on.
            </p>
          )}
          <Group>
            <Button onClick={onClose}>I have stored the token</Button>
          </Group>
        </Stack>
      </SidePanel>
    )
  }
  const nameFault =
    idFault(idForms.peer, name) ??
    (taken.includes(name) ? `A live token is already called ${name}. Choose another name.` : null)
  const scopeFault = chosen.length === 0 ? 'Choose at least one.' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (nameFault || scopeFault) return focusFault()
    create.mutate({ name, scopes: chosen, expiresInDays: days })
  }
  const until = formatDate((now || serverNow()) + days * 86_400_000, zone)
  return (
    <SidePanel title="Create a token" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Who uses it, such as mimir-alertmanager. Create a token for each program and each link, so that each can be revoked alone."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={tried ? nameFault : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          <Checkbox.Group
            label="May"
            value={chosen}
            onChange={(values) => setChosen(scopes.filter((scope) => values.includes(scope)))}
            error={tried ? scopeFault : null}
          >
            <Stack gap={6} mt={6}>
              {scopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={capitalised(scopeWords[scope])} description={scope} />
              ))}
            </Stack>
          </Checkbox.Group>
          <ExpiryField choices={expiryChoices} days={days} onChange={setDays} />
          <p className={classes.text}>
            Anyone with the token can do what is chosen above, and nothing else, until {until} or until it is revoked.
          </p>
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
              Create the token {idFault(idForms.peer, name) ? '' : name}
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}
