import { limitDefinitions } from '@tickwatch/policy'
import { limitText } from '../../components/LimitChanges.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'

export type Preview = Outputs['rollback']['preview']
type Changed = Preview['changed']['items'][number]

/** A sentence names as many tenants, and counts the others. */
const namedMax = 5

/** `acme and hooli: suspended since v12 and stay so`. Empty if there are none. */
function tenantsSentence({ items, total }: Preview['createdSince'], one: string, many: string): string[] {
  if (total === 0) return []
  const named = items.slice(0, namedMax)
  const more = total - named.length
  const names = either(more > 0 ? [...named, `${formatInteger(more)} more`] : named, 'and')
  return [`${names}: ${total === 1 ? one : many}.`]
}

/** What differs from the version and stays as it is now, one sentence each. */
export function staysSentences({
  version,
  createdSince,
  suspendedSince,
  resumedSince,
  defaultsSince,
}: Preview): string[] {
  const since = `since v${version}`
  return [
    ...tenantsSentence(suspendedSince, `suspended ${since}, stays suspended`, `suspended ${since}, stay suspended`),
    ...tenantsSentence(resumedSince, `resumed ${since}, stays active`, `resumed ${since}, stay active`),
    ...tenantsSentence(createdSince, `created ${since}, keeps its limits`, `created ${since}, keep their limits`),
    ...defaultsSince.map(
      ({ limit, from, to }) =>
        `${limitDefinitions[limit].title}: the platform’s default was ${formatInteger(from)} and stays ${limitText(limit, to)}.`,
    ),
  ]
}

/** Which limits end outside the envelope that the tenant has now; null if none does. */
export function outsideSentence({ tenantId, outside }: Pick<Changed, 'tenantId' | 'outside'>): string | null {
  if (outside.length === 0) return null
  const limits = outside.map(({ limit }) => limitDefinitions[limit].title)
  return `Outside the envelope that ${tenantId} has now: ${either(limits, 'and')}.`
}

/** `Roll 3 tenants back to v12`: the label of the button. */
export const rollBackText = ({ version, changed }: Preview): string =>
  `Roll ${plural(changed.total, 'tenant')} back to v${version}`
