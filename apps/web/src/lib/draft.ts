import type { z } from 'zod/mini'

// What a person entered in a form and did not send, in this tab only. Each person has their own drafts.

/** @param form names the form and what it edits: `acme envelope`. */
const keyOf = (subject: string, form: string) => `tickwatch-draft ${subject} ${form}`

/** Null if there is no draft, or if it can't be read because another version of the portal wrote it. */
export function readDraft<T>(subject: string, form: string, schema: z.ZodMiniType<T>): T | null {
  const text = window.sessionStorage.getItem(keyOf(subject, form))
  return text === null ? null : parseDraft(text, schema)
}

export function parseDraft<T>(text: string, schema: z.ZodMiniType<T>): T | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  return schema.safeParse(json).data ?? null
}

export const keepDraft = (subject: string, form: string, draft: unknown) =>
  window.sessionStorage.setItem(keyOf(subject, form), JSON.stringify(draft))

export const dropDraft = (subject: string, form: string) => window.sessionStorage.removeItem(keyOf(subject, form))
