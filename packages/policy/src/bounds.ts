import { visibleCharacters } from './text.ts'

/**
 * Length in characters of the reason that every change needs, and of a question or an answer about a request, without
 * blanks at its ends.
 */
export const reasonBounds = { min: 3, max: 500 } as const

/** Why a reason, a question or an answer can't be sent, as a sentence. Null if it can. */
export function reasonFault(text: string, what: 'reason' | 'question' | 'answer' = 'reason'): string | null {
  const { min, max } = reasonBounds
  const { length } = text.trim()
  const enter = `Enter ${what === 'answer' ? 'an' : 'a'} ${what} of at least ${min} characters`
  if (length < min) return `${enter}.`
  if (visibleCharacters(text) < min) return `${enter} that can be seen.`
  if (length > max) return `This ${what} has ${length} characters. Enter at most ${max}.`
  return null
}

/** Why a text can't be a person's e-mail address, as a sentence. Null if it can. */
export const emailFault = (text: string): string | null =>
  /^[^\s@]+@[^\s@]+$/.test(text.trim()) ? null : 'Enter an e-mail address, such as ada@studio.example.'

/** Maximum length in characters of a text that a person enters, without blanks at its ends. */
export const charactersMax = {
  tenantName: 100,
  tenantPlan: 40,
  /** A group's name, or a person's e-mail address. */
  grantSubject: 200,
} as const

/** Why a text is too long, as a sentence. Null if it is not. */
export function lengthFault(text: string, max: number): string | null {
  const { length } = text.trim()
  return length > max ? `This has ${length} characters. Enter at most ${max}.` : null
}

/** The largest request that the portal sends to the API. */
export const portalRequestBytesMax = 256 * 1_024
/** How many calls one request of the portal may hold. */
export const batchCallsMax = 20

/** The longest time that a chart shows. */
export const chartDaysMax = 31
/** The longest life of a reader's token. */
export const readerTokenDaysMax = 365
