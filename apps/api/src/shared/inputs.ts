import type { IdForm } from '@tickwatch/policy'
import { z } from 'zod'

export const idInput = ({ pattern, rule }: IdForm) => z.string().regex(pattern, rule)
