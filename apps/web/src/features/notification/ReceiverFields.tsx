'use client'

import { TagsInput, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { Copyable } from '../../components/Copyable.tsx'
import type { ReceiverDraft } from './draft.ts'

const reference = 'secretsmanager:arn:aws:secretsmanager:…'
const isReference =
  'Not the key itself: secretsmanager: and the ARN of the secret in AWS Secrets Manager that has it. The API reads it each time it sends.'

/** The fields of one kind of receiver. */
export function ReceiverFields({
  draft,
  onChange,
  faults,
  receiverId,
}: {
  draft: ReceiverDraft
  onChange: (patch: Partial<ReceiverDraft>) => void
  /** What the API says is wrong, by the path of the field. */
  faults: Partial<Record<string, string>>
  /** Null while it is not there yet. */
  receiverId: string | null
}) {
  const field = (
    name: 'routingKey' | 'webhookSecret' | 'token' | 'channel' | 'url' | 'secret',
    label: string,
    description: ReactNode,
    placeholder = reference,
  ) => (
    <TextInput
      label={label}
      description={description}
      placeholder={placeholder}
      value={draft[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      error={faults[`settings.${name}`]}
      autoComplete="off"
      spellCheck={false}
    />
  )
  switch (draft.kind) {
    case 'pagerduty':
      return (
        <>
          {field('routingKey', 'Integration key', `Of an Events API v2 integration. ${isReference}`)}
          {field(
            'webhookSecret',
            'Webhook secret (optional)',
            `Of a webhook subscription v3, so that what people do in PagerDuty shows here. A reference too.`,
          )}
          {receiverId && (
            <Copyable
              label="Path of the webhook, after the address of the API"
              text={`/v1/pagerduty/${receiverId}/webhook`}
            />
          )}
        </>
      )
    case 'slack':
      return (
        <>
          {field('token', 'Bot token', `With the scope chat:write. ${isReference}`)}
          {field(
            'channel',
            'Channel id',
            'At the end of the channel’s details in Slack. Invite the bot to the channel.',
            'C0123456789',
          )}
        </>
      )
    case 'webhook':
      return (
        <>
          {field(
            'url',
            'URL',
            'Gets POST requests with JSON. Redirects are not followed.',
            'https://example.com/tickwatch',
          )}
          {field('secret', 'Signing secret', `whsec_ and at least 24 bytes as base64. ${isReference}`)}
        </>
      )
    case 'email':
      return (
        <TagsInput
          label="Addresses"
          description="At most 20. Press Enter after each."
          value={draft.to}
          onChange={(to) => onChange({ to: to.map((address) => address.trim()).filter(Boolean) })}
          error={faults['settings.to']}
          maxTags={20}
          acceptValueOnBlur
        />
      )
  }
}
