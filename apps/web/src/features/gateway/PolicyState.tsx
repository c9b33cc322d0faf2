'use client'

import type { GatewayPolicyState } from '@tickwatch/policy'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { serverNow, useNow } from '../../lib/now.ts'
import { policyStateText } from './fleet.ts'

/** {@link policyStateText} with its icon. Its age follows the API's clock. */
export function PolicyState({ state }: { state: GatewayPolicyState }) {
  const now = useNow()
  const { kind, text } = policyStateText(state, now || serverNow())
  return (
    <Status kind={kind}>
      {'reason' in state ? <Words text={text} /> : <span suppressHydrationWarning>{text}</span>}
    </Status>
  )
}
