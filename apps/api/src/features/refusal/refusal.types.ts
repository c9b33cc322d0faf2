import { type FleetRefusalCauses, type RefusalCauses, refusalCausesMax } from '@tickwatch/policy'
import { z } from 'zod'
import { quotedInput, textInput, timeInput } from '../../shared/inputs.ts'

const name = quotedInput(refusalCausesMax.nameCharacters).min(1)
const amount = z.number().nonnegative().max(1e15)
const counted = z
  .array(z.object({ name, samples: amount }))
  .max(refusalCausesMax.names)
  .default([])

/** What a gateway reports of one tenant, in its heartbeat. */
export const refusalCauses = z.object({
  since: timeInput,
  causes: z
    .array(
      z.object({
        reason: textInput(32),
        samples: amount,
        metrics: counted,
        labels: z
          .array(z.object({ name, values: amount }))
          .max(refusalCausesMax.names)
          .default([]),
        writers: counted,
      }),
    )
    .max(refusalCausesMax.reasons)
    .default([]),
  queries: z
    .array(
      z.object({
        reason: textInput(32),
        queries: amount,
        readers: z
          .array(z.object({ name, queries: amount }))
          .max(refusalCausesMax.names)
          .default([]),
      }),
    )
    .max(refusalCausesMax.reasons)
    .optional(),
}) satisfies z.ZodType<RefusalCauses>

/** Why samples and queries of a tenant were refused in the last hour. Null if no gateway refused any. */
export type RefusalCausesView = (FleetRefusalCauses & { asOf: string; gatewayIds: string[] }) | null
