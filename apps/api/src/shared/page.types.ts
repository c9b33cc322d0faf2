import { z } from 'zod'
import { textInput } from './inputs.ts'

/** Input of every list: where the last page ended, and how many items a page has. */
export const cursorInput = {
  // A cursor holds the last row's sort key, at most a tenant's name.
  cursor: textInput(1_000).nullish(),
  pageSize: z.number().int().min(1).max(200).default(50),
}

export type Page<T> = { items: T[]; nextCursor: string | null }

export type Person = { subject: string; name: string }
