/** Characters of the reason that every change carries, without the blanks around it. */
export const reasonBounds = { min: 3, max: 500 } as const

/** Why a reason can't be sent, as a sentence; null when it can. */
export function reasonFault(reason: string): string | null {
  const { min, max } = reasonBounds
  const { length } = reason.trim()
  if (length < min) return `Say why, in at least ${min} characters.`
  if (length > max) return `Say it in at most ${max} characters; these are ${length}.`
  return null
}

/** Characters that a text of a person has at most, without the blanks around it. */
export const charactersMax = {
  tenantName: 100,
  tenantPlan: 40,
  /** A group's name, or a person's e-mail address. */
  grantSubject: 200,
} as const

/** The largest request that the portal sends to the API. */
export const portalRequestBytesMax = 256 * 1_024

/** The longest time that a chart shows. */
export const chartDaysMax = 31
/** The longest life of a reader's token. */
export const readerTokenDaysMax = 365
