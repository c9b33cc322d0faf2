import type { ProbeTargets } from '@tickwatch/policy'
import { z } from 'zod'

/** Answer of `GET /v1/probes/targets` on the machine port. A probe of any version ignores what it does not know. */
export const probeTargetsAnswer: z.ZodType<ProbeTargets> = z.object({
  tenants: z.array(z.string()).describe('Ids of the tenants that are not suspended'),
  gateways: z.array(z.string()).describe('Ids of the gateways that reported in the last hour'),
})
