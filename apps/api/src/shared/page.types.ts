import { z } from 'zod'

/** Input of every list: where the last page ended, and how many items a page has. */
export const cursorInput = {
  cursor: z.string().max(200).nullish(),
  pageSize: z.number().int().min(1).max(200).default(50),
}

export type Page<T> = { items: T[]; nextCursor: string | null }

export type Person = { subject: string; name: string }
