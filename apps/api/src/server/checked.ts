import type { z } from 'zod'
import { DomainError } from '../shared/errors.ts'

/** What a program sent, checked. @throws `input-invalid` that names the first ten faults */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { data, error } = schema.safeParse(value)
  if (!error) return data
  const faults = error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.join('.'), message }))
  const [first] = faults
  const where = first?.path ? `${first.path}: ` : ''
  throw new DomainError(
    'invalid',
    'input-invalid',
    `The body is not what this route expects. ${where}${first?.message}`,
    {
      details: faults,
    },
  )
}
