import { z } from 'zod'

/** What the portal answers to `POST /v1/images` (docs/image-catalogue.md). */
const registered = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  ready: z.boolean(),
  refusals: z.array(z.object({ check: z.string(), code: z.string(), reason: z.string(), remedy: z.string() })),
})
const problem = z.object({
  code: z.string(),
  title: z.string(),
  details: z
    .array(z.object({ reason: z.string(), remedy: z.string() }))
    .optional()
    .catch(undefined),
})

export type Verdict = {
  /** Only if the image is in the catalogue and may roll out now. */
  isReady: boolean
  /** For people. */
  lines: string[]
}

/**
 * Reads the portal's answer. Only one that says that the image is ready counts as that.
 * @param text the body
 */
export function verdictOf(status: number, text: string): Verdict {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = null
  }
  const { data: image } = registered.safeParse(json)
  if ((status === 200 || status === 201) && image) {
    const { id, name, version, ready, refusals } = image
    const isReady = ready && refusals.length === 0
    const may = isReady ? 'It may roll out now.' : 'It may not roll out now:'
    const reasons = refusals.map(({ check, reason, remedy }) => `  ${check}: ${reason} ${remedy}`)
    return { isReady, lines: [`${name} ${version} is registered as ${id}. ${may}`, ...reasons] }
  }
  const { data: refused } = problem.safeParse(json)
  if (!refused)
    return { isReady: false, lines: [`The portal answered ${status}, and not as it should: ${text.slice(0, 200)}`] }
  const { code, title, details = [] } = refused
  // The title of an image that is not proven has all its reasons.
  const shown = details.length > 0 ? details.map(({ reason, remedy }) => `  ${reason} ${remedy}`) : [`  ${title}`]
  return { isReady: false, lines: [`The portal did not register the image (${status}, ${code}):`, ...shown] }
}
