import { z } from 'zod'

const database = z.object({ built: z.string().nullish() })
const schema = z.object({
  descriptor: z.object({
    name: z.literal('grype'),
    // Since Grype 0.88 it is in `status`.
    db: database.extend({ status: database.nullish() }).nullish(),
  }),
})

/** As old as the catalogue allows, and as old as Grype itself accepts. */
const databaseAgeDaysMax = 5
const dayMs = 86_400_000

/** Why a release can't have this report of Grype, as a sentence and a remedy. Null if it can. */
export function reportFault(text: string, now: Date): string | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'It is not JSON. Run: npm run image:scan'
  }
  const { data } = schema.safeParse(json)
  if (!data) return 'It is not a report of Grype. Run: npm run image:scan'
  const { db } = data.descriptor
  const builtAt = Date.parse(db?.status?.built ?? db?.built ?? '')
  if (Number.isNaN(builtAt)) {
    return 'It was made without a database of vulnerabilities, so it finds nothing. Let this machine reach Grype’s database.'
  }
  const days = (now.getTime() - builtAt) / dayMs
  if (days <= databaseAgeDaysMax) return null
  return `Its database is ${Math.floor(days)} days old. The maximum is ${databaseAgeDaysMax} days. Update it with: grype db update`
}
