'use client'

import { Button, Group, Stack } from '@mantine/core'
import { Copyable } from '../../components/Copyable.tsx'
import { Status } from '../../components/Status.tsx'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import classes from './Readers.module.css'
import { curlLine, grafanaSource, type Reader } from './readers.ts'

/** A new token, shown this once, with what it is put into, and its way to the gateways. */
export function CreatedReader({
  tenantId,
  readersUrl,
  reader,
  token,
  onDone,
}: {
  tenantId: string
  readersUrl: string
  reader: Reader
  token: string
  onDone: () => void
}) {
  return (
    <Stack gap="md">
      <p className={classes.text} role="alert">
        <Status kind="warning">
          Copy the token now: only its hash is kept, so it is never shown again. Treat it like a password.
        </Status>
      </p>
      <Copyable label="Token" text={token} />
      <FollowedPropagation followed={{ readerChange: reader.change }} />
      <Copyable label="Try it, once every gateway enforces it" text={curlLine(readersUrl, token)} />
      <p className={`${classes.text} ${classes.quiet}`}>
        A listener whose certificate is of a private authority needs <code>--cacert</code> with that authority’s
        certificate too, and Grafana its <em>TLS CA</em>.
      </p>
      <Copyable label="Grafana data source (provisioning)" text={grafanaSource(readersUrl, tenantId, token)} />
      <Group>
        <Button onClick={onDone}>I have stored the token</Button>
      </Group>
    </Stack>
  )
}
