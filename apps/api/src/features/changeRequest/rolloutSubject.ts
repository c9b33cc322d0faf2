import type { ChangeRequest, RequestSubject, StoredRollout } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { type Plan, planSchema } from '@tickwatch/rollout'
import { z } from 'zod'
import { hashOf } from '../slo/slo.rules.ts'

/** Of requests for rollouts. */
export const rolloutKind = 'rollout'

/** What a request for a rollout asks for. */
export type AskedRollout = { imageId: string; environment: string; plan: Plan }

type Stored = Pick<StoredRollout, 'imageId' | 'environment' | 'plan' | 'phase' | 'expiresAt' | 'changeRequestId'>

/** Exactly what is approved. */
const contentOf = ({ imageId, environment, plan }: Pick<Stored, 'imageId' | 'environment' | 'plan'>) => ({
  ...{ imageId, environment },
  plan: plan as Json,
})

/**
 * The subject of a request for this rollout, with the hash of exactly what is approved.
 * @param id of the rollout
 */
export function rolloutSubject(id: string, asked: AskedRollout): RequestSubject {
  const content = contentOf(asked)
  return { kind: rolloutKind, id, content, sha256: hashOf(content) }
}

const contentSchema = z.object({ imageId: z.string(), environment: z.string(), plan: planSchema })

/** The rollout that a request is for. Null if this release can't read it, or if it is not what its hash says. */
export function askedRollout({ kind, content, sha256 }: RequestSubject): AskedRollout | null {
  if (kind !== rolloutKind || hashOf(content) !== sha256) return null
  return contentSchema.safeParse(content).data ?? null
}

/**
 * Why a rollout can't be approved any more, as a sentence that begins in lower case; null if it can.
 * @param stored the rollout as it is now; null if there is none
 */
export function rolloutOutdated(
  asked: Pick<ChangeRequest, 'id'>,
  { sha256 }: Pick<RequestSubject, 'sha256'>,
  stored: Stored | null,
  nowMs: number,
): string | null {
  if (!stored || stored.changeRequestId !== asked.id) return 'no rollout waits for it.'
  if (stored.phase !== 'waiting') return `the rollout does not wait for an approval any more: it is ${stored.phase}.`
  if (stored.expiresAt.getTime() <= nowMs) return 'nobody decided in time, and it expired.'
  // A changed plan needs a request of its own.
  return hashOf(contentOf(stored)) === sha256 ? null : 'the image or the plan is not what was asked for.'
}
