import type { MetricsNames } from '@tickwatch/aws'
import { platformTenant } from '@tickwatch/slo'
import type { FastifyBaseLogger } from 'fastify'
import type { z } from 'zod'
import { createCache } from '../../shared/cached.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { createAsk } from '../../shared/storageAnswers.ts'
import type { NamesView, namesInput } from './slo.types.ts'

const namesMax = 1_000
/** No selector may be longer. */
const charactersMax = 1_000
/** As long as a preview looks back for series. */
const spanSeconds = 3_600
const keptMs = 15_000
const answersKeptMax = 100

/** Completion has a turn of its own, so that it does not delay pages, and no preview delays it. No tenant has this name. */
const turn = 'names for PromQL'

export type SloNames = ReturnType<typeof createSloNames>

/** The names that a person may write in the PromQL of an SLO: those of the platform's own series. */
export function createSloNames(parts: {
  storage: MetricsNames
  slots: FairSlots
  log: Pick<FastifyBaseLogger, 'warn'>
}) {
  const ask = createAsk('No names can be offered', parts.log)
  const answers = createCache<Omit<NamesView, 'missing'>>(keptMs, answersKeptMax)

  return {
    async names(input: z.output<typeof namesInput>): Promise<NamesView> {
      const { value, missing } = await ask(() =>
        answers.get(JSON.stringify(input), () => parts.slots.run(turn, () => read(parts.storage, input))),
      )
      return value ? { ...value, missing: null } : { names: [], more: false, missing }
    },
  }
}

async function read(storage: MetricsNames, input: z.output<typeof namesInput>): Promise<Omit<NamesView, 'missing'>> {
  const endSeconds = Math.ceil(Date.now() / 1_000)
  const metric = input.of === 'metrics' ? null : input.metric
  const matchers = [['tenant', platformTenant], ...(metric === null ? [] : [['__name__', metric]])]
  const match = `{${matchers.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`
  const span = { match, startSeconds: endSeconds - spanSeconds, endSeconds }
  // Two labels are left out, and one name more shows that there are others.
  const limit = namesMax + 3
  const found =
    input.of === 'labels'
      ? (await storage.labelNames(span, limit)).filter((name) => !isGiven(name))
      : await storage.labelValues(input.of === 'metrics' ? '__name__' : input.label, span, limit)
  const short = [...new Set(found)].filter((name) => name.length <= charactersMax).sort()
  return { names: short.slice(0, namesMax), more: short.length > namesMax || short.length < found.length }
}

/** The metric is named before the braces, and every selector gets the platform's tenant. */
const isGiven = (label: string): boolean => label === '__name__' || label === 'tenant'
