import { expect, it } from 'vitest'
import { describeFault, isUnanswered } from './errors.ts'

it('shows the API’s own sentence with the request id', () => {
  const error = {
    message: 'You need the role auditor for this.',
    data: { code: 'FORBIDDEN', tickwatch: { code: 'role-missing', requestId: 'r-1' } },
  }
  expect(describeFault(error)).toEqual({
    sentence: 'You need the role auditor for this.',
    code: 'role-missing',
    requestId: 'r-1',
    notFound: false,
  })
})

it('does not show a developer’s message when no answer came', () => {
  const fault = describeFault(new TypeError("Unexpected token '<'"))
  expect(fault.sentence).toBe('The API did not answer.')
  expect(fault).toMatchObject({ code: 'unreachable', requestId: null })
})

it.each([
  ['no answer came', new TypeError('Failed to fetch'), true],
  ['the relay got no answer', { data: { code: 'BAD_GATEWAY', tickwatch: { code: 'api-unreachable' } } }, true],
  ['the API timed out', { data: { code: 'TIMEOUT' } }, true],
  ['the API failed', { data: { tickwatch: { code: 'internal-server-error' } } }, true],
  ['the database hung in mid-change', { data: { tickwatch: { code: 'database-unavailable' } } }, true],
  ['the portal restarts and did not send it', { data: { tickwatch: { code: 'portal-restarts' } } }, false],
  ['the API refused', { data: { code: 'CONFLICT', tickwatch: { code: 'quota-conflict' } } }, false],
])('knows whether a change may have been applied when %s', (_when, error, unanswered) => {
  expect(isUnanswered(describeFault(error))).toBe(unanswered)
})
