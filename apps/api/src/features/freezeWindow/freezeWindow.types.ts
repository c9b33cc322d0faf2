import { z } from 'zod'
import { reasonInput, textInput, timeInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { WindowState } from '../../shared/windowState.ts'

const environmentsMax = 20

export const createInput = z.object({
  reason: reasonInput,
  startsAt: timeInput,
  endsAt: timeInput,
  /** Empty is all of them. */
  environments: z.array(textInput(64).min(1, 'Enter the name of an environment.')).max(environmentsMax).default([]),
})
export const endInput = z.object({ id: z.uuid(), reason: reasonInput })
export const listInput = z.object(cursorInput)

/** A time in which no wave of a rollout starts. Times are ISO 8601, UTC. */
export type FreezeView = {
  id: string
  reason: string
  startsAt: string
  /** As it was made. */
  endsAt: string
  /** Until when it holds or held: earlier than `endsAt` if a person ended it. */
  until: string
  environments: string[]
  by: Person
  createdAt: string
  state: WindowState
  ended: { at: string; by: Person; reason: string } | null
}
