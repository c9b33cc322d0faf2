import {
  type IdForm,
  isStorable,
  type LimitName,
  limitNames,
  reasonFault,
  storable,
  visibleCharacters,
} from '@tickwatch/policy'
import { z } from 'zod'

// Every text, number and time that a caller sends is one of these, so that Postgres can store it. `inputs.test.ts` looks at
// each input of the router and of the machine port.

const storableRule = 'Remove the characters that can’t be stored: NUL, or half of a surrogate pair.'

export const textInput = (charactersMax: number) => z.string().max(charactersMax).refine(isStorable, storableRule)

/** A text in which a gateway quotes what it read. It is corrected, because no sender may get a heartbeat rejected. */
export const quotedInput = (charactersMax: number) => z.string().max(charactersMax).overwrite(storable)

export const idInput = ({ pattern, rule }: IdForm) => z.string().regex(pattern, rule)

/** A name that a person types: at least one of its characters can be seen. */
export const nameInput = (charactersMax: number) =>
  z
    .string()
    .trim()
    .max(charactersMax)
    .refine(isStorable, storableRule)
    .refine((name) => visibleCharacters(name) > 0, 'Enter at least one character that can be seen.')

const explained = (what: Parameters<typeof reasonFault>[1]) =>
  z
    .string()
    .trim()
    .refine(isStorable, storableRule)
    .superRefine((text, context) => {
      const fault = reasonFault(text, what)
      if (fault) context.addIssue(fault)
    })

export const reasonInput = explained('reason')
export const questionInput = explained('question')
export const answerInput = explained('answer')

export const limitName = z.enum(limitNames as [LimitName, ...LimitName[]])

/** The text to search a list for. */
export const searchInput = textInput(100)

/** A time in UTC, ISO 8601. */
export const timeInput = z.iso.datetime().refine((time) => Date.parse(time) >= 0, 'Use a time from 1970 to 9999.')

/** The number of a tenant's revision, which Postgres keeps in four bytes. */
export const revisionInput = z.number().int().max(2_147_483_647)
