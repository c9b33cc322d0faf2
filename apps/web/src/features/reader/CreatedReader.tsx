'use client'

import { Button, Group, Stack } from '@mantine/core'
import { Copyable } from '../../components/Copyable.tsx'
import { SecretOnce } from '../../components/SecretOnce.tsx'
import classes from '../../components/text.module.css'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { curlLine, type Endpoint, grafanaSource, type Reader } from './readers.ts'

/** A new token, shown only once, with ready-made configuration and its progress to the gateways. */
export function CreatedReader({
  tenantId,
  endpoint,
  reader,
  token,
  onDone,
}: {
  tenantId: string
  endpoint: Endpoint
  reader: Reader
  token: string
  onDone: () => void
}) {
  return (
    <Stack gap="md">
      <SecretOnce token={token} />
      <FollowedPropagation followed={{ readerChange: reader.change }} />
      <Copyable label="Try it, once every gateway enforces it" text={curlLine(endpoint, token)} />
      <p className={`${classes.text} ${classes.dimmed}`}>
        {endpoint.caFile === null ? (
          <>
            If a private authority issued the gateways’ certificate, pass the authority’s own certificate to curl with{' '}
            <code>--cacert</code>, and to Grafana as <em>TLS CA</em>.
          </>
        ) : (
          <>
            A private authority issued the gateways’ certificate. Its own certificate is in{' '}
            <code>{endpoint.caFile}</code>; on another machine, use the path of a copy.
          </>
        )}
      </p>
      <Copyable label="Grafana data source (provisioning)" text={grafanaSource(endpoint, tenantId, token)} />
      <Group>
        <Button onClick={onDone}>I have stored the token</Button>
      </Group>
    </Stack>
  )
}
