import { type LimitName, limitNames } from '@tickwatch/policy'
import { z } from 'zod/mini'

const endSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stays') }),
  z.object({ kind: z.literal('hours'), hours: z.number() }),
  z.object({ kind: z.literal('until'), at: z.string() }),
])

/** How long the change applies: until the next change, for some hours, or until a given time. */
export type End = z.output<typeof endSchema>

export const draftSchema = z.object({
  /** The text in the field of each edited limit. */
  typed: z.partialRecord(z.enum(limitNames as [LimitName, ...LimitName[]]), z.string()),
  reason: z.string(),
  end: endSchema,
})
export type Draft = z.output<typeof draftSchema>
