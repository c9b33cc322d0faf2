import { type IdForm, reasonFault } from '@tickwatch/policy'
import { z } from 'zod'

export const idInput = ({ pattern, rule }: IdForm) => z.string().regex(pattern, rule)

export const reasonInput = z
  .string()
  .trim()
  .superRefine((reason, context) => {
    const fault = reasonFault(reason)
    if (fault) context.addIssue(fault)
  })

/** The text to search a list for. */
export const searchInput = z.string().max(100)
