import type { ChangeRequest, RuleNamespace, SloVersion, StoredSlo } from '@tickwatch/db'
import { messageViews } from '../quota/requestMessage.ts'
import type { Uncompiled, WantedNamespace } from './slo.compiler.ts'
import { changeOf, namespaceName } from './slo.rules.ts'
import type { RulesState, SloDefinitionView, SloRequestView, SloVersionView } from './slo.types.ts'

export function definitionView(
  slo: StoredSlo,
  wanted: readonly WantedNamespace[],
  uncompiled: readonly Uncompiled[],
  known: readonly RuleNamespace[],
): SloDefinitionView & { namespace: string } {
  const { id, version, savedAt, by, definition } = slo
  const namespace = namespaceName(slo.namespace)
  const state = (): RulesState => {
    const fault = uncompiled.find((one) => one.namespace === slo.namespace)
    if (fault) return { state: 'refused', why: `The rules of the SLO ${fault.id} can’t be compiled: ${fault.why}` }
    return rulesState(
      wanted.find(({ name }) => name === namespace),
      known.find(({ name }) => name === namespace),
    )
  }
  return { ...{ id, version, by, definition, namespace }, savedAt: savedAt.toISOString(), rules: state() }
}

/** Whether AMP has a namespace as it should be. A new file of it is of all its SLOs, so each of them waits for it. */
export function rulesState(wanted: WantedNamespace | undefined, known: RuleNamespace | undefined): RulesState {
  if (wanted && known?.sha256 === wanted.sha256 && known.sendingSha256 === null) return { state: 'active' }
  if (known?.failure && known.sendingSha256 === wanted?.sha256) return { state: 'refused', why: known.failure }
  return { state: 'waiting' }
}

/** Those of these requests that this release can read. */
export const requestViews = (requests: readonly ChangeRequest[]): SloRequestView[] =>
  requests.flatMap((asked) => {
    const change = asked.subject && changeOf(asked.subject)
    if (!asked.subject || !change) return []
    const { id, by, reason } = asked
    const { baseVersion, after, weakenings } = change
    return [
      {
        ...{ id, sloId: asked.subject.id, by, reason, baseVersion, after, weakenings },
        createdAt: asked.createdAt.toISOString(),
        messages: messageViews(asked),
      },
    ]
  })

export const versionView = ({ savedAt, ...version }: SloVersion): SloVersionView => ({
  ...version,
  savedAt: savedAt.toISOString(),
})
