import type { Receiver, ReceiverKind, Settings } from './notifications.ts'

/** What a person types about a receiver; the fields of the other kinds are kept while they choose one. */
export type ReceiverDraft = {
  name: string
  kind: ReceiverKind
  routingKey: string
  webhookSecret: string
  token: string
  channel: string
  url: string
  secret: string
  to: string[]
}

const empty: ReceiverDraft = {
  ...{ name: '', kind: 'pagerduty', routingKey: '', webhookSecret: '', token: '', channel: '' },
  ...{ url: '', secret: '', to: [] },
}

export function draftOf(receiver: Receiver | null): ReceiverDraft {
  if (!receiver) return empty
  const { name, settings } = receiver
  if (settings.kind === 'pagerduty') {
    return { ...empty, ...settings, name, webhookSecret: settings.webhookSecret ?? '' }
  }
  return { ...empty, ...settings, name }
}

export function settingsOfDraft(draft: ReceiverDraft): Settings {
  const text = (field: 'routingKey' | 'webhookSecret' | 'token' | 'channel' | 'url' | 'secret') => draft[field].trim()
  switch (draft.kind) {
    case 'pagerduty':
      return { kind: 'pagerduty', routingKey: text('routingKey'), webhookSecret: text('webhookSecret') || null }
    case 'slack':
      return { kind: 'slack', token: text('token'), channel: text('channel') }
    case 'webhook':
      return { kind: 'webhook', url: text('url'), secret: text('secret') }
    case 'email':
      return { kind: 'email', to: draft.to }
  }
}
