import type { StatusKind } from '../../components/Status.tsx'
import { formatAge, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type ApiToken = Outputs['apiToken']['list']['items'][number]

export const scopes = ['alerts:send', 'images:register', 'status:read', 'status:tenants'] as const
/** What a scope lets a program do, as the end of "may …". */
export const scopeWords = {
  'alerts:send': 'send alerts',
  'images:register': 'register golden images',
  'status:read': 'see the status page',
  'status:tenants': 'see names of tenants on the status page',
} as const satisfies Record<(typeof scopes)[number], string>
const isScope = (scope: string): scope is (typeof scopes)[number] => scope in scopeWords
/** A newer release may know more scopes. */
export const scopeText = (scope: string): string => (isScope(scope) ? scopeWords[scope] : scope)

export const expiryChoices = [30, 90, 180, 365] as const

/** Enough time to create another token and give it to the program that uses this one. */
const soonMs = 14 * 86_400_000
const leftMs = ({ expiresAt }: ApiToken, nowMs: number) => Date.parse(expiresAt) - nowMs

export const isLive = (token: ApiToken, nowMs: number): boolean => token.state !== 'revoked' && leftMs(token, nowMs) > 0

/** A token's state. A live token that expires soon is a warning. */
export function tokenState(token: ApiToken, nowMs: number): { kind: StatusKind; text: string } {
  if (token.state === 'revoked') return { kind: 'quiet', text: 'revoked' }
  const left = leftMs(token, nowMs)
  if (left <= 0) return { kind: 'quiet', text: 'expired' }
  return left < soonMs ? { kind: 'warning', text: 'expires soon' } : { kind: 'good', text: 'live' }
}

/** The state of all tokens in one sentence: how many are live, and which expires next. */
export function tokensSentence(tokens: readonly ApiToken[], nowMs: number): { kind: StatusKind | null; text: string } {
  const live = tokens.filter((token) => isLive(token, nowMs)).toSorted((a, b) => leftMs(a, nowMs) - leftMs(b, nowMs))
  const [next] = live
  if (!next) return { kind: null, text: 'No token is live.' }
  const left = leftMs(next, nowMs)
  const which = live.length === 1 ? 'it' : `the next, ${next.name},`
  return {
    kind: left < soonMs ? 'warning' : null,
    text: `${plural(live.length, 'token')} ${live.length === 1 ? 'is' : 'are'} live; ${which} expires in ${formatAge(left)}.`,
  }
}

/** The receiver of an Alertmanager that sends its alerts to Tickwatch. */
export const alertmanagerReceiver = `receivers:
  - name: tickwatch
    webhook_configs:
      - url: https://<the API>/v1/alertmanager/webhook
        http_config:
          authorization:
            credentials_file: /etc/alertmanager/tickwatch-token
`
