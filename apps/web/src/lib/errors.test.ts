import { expect, it } from 'vitest'
import { describeFault } from './errors.ts'

it('shows the API’s own sentence with the request id', () => {
  const error = {
    message: 'This takes the role auditor.',
    data: { code: 'FORBIDDEN', tickwatch: { code: 'role-missing', requestId: 'r-1' } },
  }
  expect(describeFault(error)).toEqual({
    sentence: 'This takes the role auditor.',
    code: 'role-missing',
    requestId: 'r-1',
    notFound: false,
  })
})

it('keeps a developer’s text away from people when no answer came', () => {
  const fault = describeFault(new TypeError("Unexpected token '<'"))
  expect(fault.sentence).toBe('The API did not answer.')
  expect(fault).toMatchObject({ code: 'unreachable', requestId: null })
})
